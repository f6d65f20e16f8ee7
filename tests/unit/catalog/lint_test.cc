// Every rule of every profile: a descriptor that breaks it, and one that does not.
#include "catalog/lint.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "catalog/descriptor.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Skill Read(absl::string_view text, const std::string& path) {
  return *ParseDescriptor(text, path).skill;
}

std::vector<Diagnostic> Check(absl::string_view profile, absl::string_view text,
                              const std::string& path = "ecs/SKILL.md") {
  return *Lint(Read(text, path), profile);
}

// Descriptors in which their profile finds nothing.
constexpr char kAdr001[] =
    "---\nname: ecs\ndescription: d\nkeywords: [a, b, c]\ncategory: technology\nsubcategory: cloud\nversion: 1.0.0\n"
    "created: 2026-02-03\ntype: skill\n---\n# ECS\n\n## When to Use\n\nw\n\n## Core Concepts\n\nc\n\n"
    "## Examples\n\n```python\nprint(f\"{url}\")\n```\n\n## Best Practices\n\nb\n\n## Common Pitfalls\n\np\n\n"
    "## Related Skills\n\nr\n";
constexpr char kTiers[] =
    "---\nname: ecs\ndescription: Runs containers without servers\nversion: 1.0.0\nstatus: approved\ntags: [a, "
    "b]\n---\n"
    "# Skill Of Containers\n\n## Guidelines (SEMPRE)\n\n- one\n- two\n1. three\n\n## Constraints (NUNCA)\n\n"
    "- NUNCA x\n- NUNCA y\n\n## Exemplos\n\n### Exemplo 1: A\n\n```sh\ntrue\n```\n\n### Exemplo 2: B\n\n"
    "```sh\ntrue\n```\n\n## Edge Cases\n\ne\n\n## Referencias\n\n- [d](https://example.org)\n";
constexpr char kAgentSkill[] =
    "---\nname: ecs\ndescription: Runs containers.\nlicense: MIT\ncompatibility: Python 3\nmetadata:\n  a: b\n"
    "allowed-tools: Bash(git:*) Read\n---\n# ECS\n\nDo it.\n";
constexpr char kRunner[] =
    "# Skill: Waits\n\n## Domínio\n\nprogramming\n\n## Exemplos\n\n### A\n\n```python\nimport asyncio\n\n\n"
    "async def main():\n    await asyncio.sleep(1)\n\n\nasyncio.run(main())\n```\n";

struct Broken {
  const char* code;
  const char* text;  // the clean descriptor of the profile
  const char* from;  // what is replaced in it ...
  std::string to;    // ... by this
  std::string path = "ecs/SKILL.md";
};

std::string Text(const Broken& broken) {
  const std::string text = absl::StrReplaceAll(broken.text, {{broken.from, broken.to}});
  EXPECT_TRUE(text != broken.text || broken.path != "ecs/SKILL.md") << broken.code << ": nothing was replaced";
  return text;
}

const LintRule& RuleOf(const std::string& code) {
  for (const LintRule& rule : LintRules()) {
    if (code == rule.code) return rule;
  }
  ADD_FAILURE() << "no rule " << code;
  return LintRules()[0];
}

std::string Lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "x\n";
  return text;
}

std::string PythonBlock(const std::string& code) {
  return "```python\n" + code + "```\n";
}

const std::string kAwait = "    await asyncio.sleep(1)\n";

const std::vector<Broken>& AllBroken() {
  static const auto* all = new std::vector<Broken>{
      {"adr001-front-matter", "# X\n", "# X", "# Y"},
      {"adr001-key-missing", kAdr001, "subcategory: cloud\n", ""},
      {"adr001-category", kAdr001, "category: technology", "category: cookery"},
      {"adr001-type", kAdr001, "type: skill", "type: recipe"},
      {"adr001-keywords", kAdr001, "[a, b, c]", "[a, b]"},
      {"adr001-version", kAdr001, "1.0.0", "1.0"},
      {"adr001-section-missing", kAdr001, "## Common Pitfalls", "### Common Pitfalls"},
      {"adr001-examples-missing", kAdr001, "## Examples", "## Samples"},
      {"adr001-placeholder", kAdr001, "\nw\n", "\n{when-to-use}\n"},
      {"adr001-tokens", kAdr001, "\nw\n", "\n" + Lines(3000)},
      {"adr001-concepts-tokens", kAdr001, "\nc\n", "\n" + std::string(3600, 'c') + "\n"},
      {"adr001-fences", kAdr001, "```\n\n## Best", "\n\n## Best"},
      {"t0-front-matter", "# X\n", "# X", "# Y"},
      {"t0-section-missing", kTiers, "## Exemplos", "## Examples"},
      {"t0-status", kTiers, "status: approved\n", ""},
      {"t0-secret", kTiers, "true\n", "export AWS=AKIAIOSFODNN7QWERTYU\n"},
      {"t0-sql", kTiers, "```sh\ntrue\n", "```py\nq = f\"SELECT * FROM t WHERE a = {a}\"\n"},
      {"t0-placeholder", kTiers, "- one", "- [TODO: one]"},
      {"t0-version", kTiers, "1.0.0", "one"},
      {"t1-examples", kTiers, "### Exemplo 2", "### Another 2"},
      {"t1-never", kTiers, "- NUNCA ", "- "},
      {"t1-guidelines", kTiers, "- two\n", ""},
      {"t1-description", kTiers, "Runs containers without servers", "Runs"},
      {"t1-tags", kTiers, "tags: [a, b]", "tags: [a]"},
      {"t1-edge-cases", kTiers, "## Edge Cases", "## More"},
      {"t2-name", kTiers, "name: ecs", "name: E_c S"},
      {"t2-title", kTiers, "# Skill Of Containers", "# Skill of containers"},
      {"t2-references", kTiers, "- [d](https://example.org)", "none"},
      {"t2-fence-language", kTiers, "```sh\n", "```\n"},
      {"skill-file-name", kAgentSkill, "", "", "ecs/ecs.md"},
      {"skill-front-matter", "# X\n", "# X", "# Y"},
      {"skill-yaml", kAgentSkill, "Runs containers.", "Use when: asked"},
      {"skill-name-missing", kAgentSkill, "name: ecs\n", ""},
      {"skill-name-length", kAgentSkill, "name: ecs", "name: " + std::string(65, 'a')},
      {"skill-name-characters", kAgentSkill, "name: ecs", "name: ecs--Two"},
      {"skill-name-directory", kAgentSkill, "", "", "eks/SKILL.md"},
      {"skill-description-missing", kAgentSkill, "description: Runs containers.\n", ""},
      {"skill-description-length", kAgentSkill, "Runs containers.", std::string(1025, 'd')},
      {"skill-compatibility-length", kAgentSkill, "Python 3", std::string(501, 'p')},
      {"skill-metadata", kAgentSkill, "metadata:\n  a: b", "metadata: ./metadata.yaml"},
      {"skill-allowed-tools", kAgentSkill, "Bash(git:*) Read", "[Bash, Read]"},
      {"skill-unknown-key", kAgentSkill, "license: MIT", "level: L1"},
      {"skill-lines", kAgentSkill, "Do it.\n", Lines(490)},
      {"skill-tokens", kAgentSkill, "Do it.", std::string(17500, 'x')},
      {"blocking-call-in-async", kRunner, kAwait.c_str(), "    time.sleep(1)\n"},
      {"coroutine-never-awaited", kRunner, "asyncio.run(main())", "main()"},
      {"undefined-name", kRunner, "asyncio.run(main())", "asyncio.run(main(argument))"},
      {"secret", kRunner, kAwait.c_str(), "    password = 'hunter2hunter2'\n"},
  };
  return *all;
}

TEST(LintRules, HaveEachADescriptorThatBreaksThemAndOneThatDoesNot) {
  std::set<std::string> tried;
  for (const Broken& broken : AllBroken()) {
    tried.insert(broken.code);
    const LintRule& rule = RuleOf(broken.code);
    const std::vector<Diagnostic> found = Check(rule.profile, Text(broken), broken.path);
    const Diagnostic* finding = FindCode(found, broken.code);
    if (finding == nullptr) {
      ADD_FAILURE() << broken.code << " was not found";
      continue;
    }
    EXPECT_EQ(finding->severity, rule.severity) << broken.code;
    EXPECT_EQ(finding->source, rule.source) << broken.code;
    EXPECT_EQ(finding->position.path, broken.path) << broken.code;
    EXPECT_FALSE(finding->message.empty()) << broken.code;
  }
  // These take a runtime: the service's tests have them.
  tried.insert({"code-does-not-compile", "import-missing"});
  for (const LintRule& rule : LintRules()) EXPECT_EQ(tried.count(rule.code), 1U) << rule.code << " is not tried";

  for (const auto& [profile, text] : {std::pair<const char*, const char*>{"itzamna-adr001", kAdr001},
                                      {"itzamna-t0", kTiers},
                                      {"agent-skills", kAgentSkill},
                                      {"runner", kRunner}}) {
    EXPECT_THAT(Codes(Check(profile, text)), IsEmpty()) << profile;
  }
}

TEST(LintRules, AreNamedByTheirProfiles) {
  EXPECT_THAT(LintProfiles(), ElementsAre("agent-skills", "itzamna-adr001", "itzamna-t0", "runner"));
  EXPECT_FALSE(Lint(Read("# X\n", "x.md"), "itzamna").has_value());
  std::set<std::string> codes;
  for (const LintRule& rule : LintRules()) EXPECT_TRUE(codes.insert(rule.code).second) << rule.code;
}

TEST(LintPlaceholder, IsNotWhatStandsInCode) {
  for (const char* code : {"`{url}`", "``a ` {url}``", "<!-- {url} -->", "```\n{url}\n```", "~~~\n[TODO\n~~~",
                           "```python\nprint(f\"{url}\")\n```", "> ```\n> {url}\n> ```", "- ```\n  {url}\n  ```",
                           "<!--\n{url}\n-->", "{ url }", "{}", "{a b}", "${1}", "{url", "`a``{url}`", "[TODOS]"}) {
    const auto text = absl::StrReplaceAll(kAdr001, {{"\nw\n", absl::StrCat("\n", code, "\n")}});
    const bool todo = absl::string_view(code) == "[TODOS]";  // the source's rule is a prefix
    EXPECT_EQ(FindCode(Check("itzamna-adr001", text), "adr001-placeholder") != nullptr, todo) << code;
  }
  for (const char* prose :
       {"{url}", "`code` then {url}", "an open ` then {url}", "`` a ` {url}", "`a`` {url}", "[AQUI: x", "[PENDENTE",
        "[TODO", "Lorem ipsum", "<!-- c --> {url}", "```\ncode\n```\n\n{url}", "{my-name_2}"}) {
    const auto text = absl::StrReplaceAll(kAdr001, {{"\nw\n", absl::StrCat("\n", prose, "\n")}});
    const bool digit = absl::string_view(prose) == "{my-name_2}";  // not in the source's pattern
    EXPECT_EQ(FindCode(Check("itzamna-adr001", text), "adr001-placeholder") == nullptr, digit) << prose;
  }
}

TEST(LintPlaceholder, IsPointedAtByLineAndColumn) {
  const auto found = Check("itzamna-adr001", absl::StrReplaceAll(kAdr001, {{"\nw\n", "\nUse {field} here\n"}}));
  const Diagnostic* finding = FindCode(found, "adr001-placeholder");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->position.line, 15);
  EXPECT_EQ(finding->position.column, 5);
}

TEST(LintPlaceholder, IsForbiddenByTheTiersInApprovedSkillsOnly) {
  const auto text = absl::StrReplaceAll(kTiers, {{"- one", "- [TODO: one]"}, {"approved", "draft"}});
  EXPECT_THAT(Codes(Check("itzamna-t0", text)), IsEmpty());
}

TEST(LintNames, MayHaveLettersBeyondAscii) {
  const auto text = absl::StrReplaceAll(kAgentSkill, {{"name: ecs", "name: técnica-2"}});
  EXPECT_THAT(Codes(Check("agent-skills", text, "técnica-2/SKILL.md")), IsEmpty());
  for (const char* bad : {"-ecs", "ecs-", "e--s", "Ecs", "e_s", "e s", "e.s"}) {
    const auto wrong = absl::StrReplaceAll(kAgentSkill, {{"name: ecs", absl::StrCat("name: \"", bad, "\"")}});
    EXPECT_THAT(Codes(Check("agent-skills", wrong, absl::StrCat(bad, "/SKILL.md"))),
                ElementsAre("skill-name-characters"))
        << bad;
  }
}

TEST(LintSecrets, AreKnownShapesAndAssignedLiteralsAndNotWhatStandsForOne) {
  const auto finds = [](const std::string& line) {
    return FindCode(Check("runner", "# X\n\n```sh\n" + line + "\n```\n"), "secret") != nullptr;
  };
  // Put together here, so that no scanner takes this file for a leak.
  for (const std::string& secret :
       {std::string("AKIA") + "IOSFODNN7QWERTYU", std::string("gh") + "p_abcdefghijklmnopqrstuvwxyz0123456789",
        std::string("api_key = \"") + "9f8e7d6c5b4a39281706\"", std::string("-----BEGIN RSA ") + "PRIVATE KEY-----",
        std::string("\"password\": \"") + "tr0ub4dor&3x\""}) {
    EXPECT_TRUE(finds(secret)) << secret;
  }
  for (const char* none : {"password = os.environ['PASSWORD']", "password = \"changeme-please\"", "api_key=\"short\"",
                           "API_KEY=\"your-api-key-here\"", "AKIAEXAMPLEEXAMPLEXX", "-----BEGIN CERTIFICATE-----",
                           "password: \"two words here\"", "secret = \"aaaaaaaaaaaa\""}) {
    EXPECT_FALSE(finds(none)) << none;
  }
}

TEST(LintSql, IsPutTogetherOnlyWhereAValueIsPutIn) {
  const auto finds = [](const std::string& line) {
    return FindCode(Check("itzamna-t0", "# X\n\n```py\n" + line + "\n```\n"), "t0-sql") != nullptr;
  };
  for (const char* sql : {"q = \"SELECT a FROM t WHERE b = '\" + b", "q = f'DELETE FROM t WHERE a = {a}'",
                          "q = \"UPDATE t SET a = %s\" % a", "q = `INSERT INTO t VALUES (${a})`"}) {
    EXPECT_TRUE(finds(sql)) << sql;
  }
  for (const char* sql : {"db.execute(\"SELECT a FROM t WHERE b = ?\", (b,))", "f\"Please select {a}\"",
                          "# SELECT a + b FROM t", "q = \"SELECT a FROM t WHERE b = %s\""}) {
    EXPECT_FALSE(finds(sql)) << sql;
  }
}

TEST(LintAsync, KnowsBlockingCallsInsideCoroutinesAndNowhereElse) {
  const auto codes = [](const std::string& code) { return Codes(Check("runner", "# X\n\n" + PythonBlock(code))); };
  EXPECT_THAT(codes("import time\nasync def f():\n    time.sleep(1)\n    def g():\n        time.sleep(2)\n"),
              ElementsAre("blocking-call-in-async"));
  EXPECT_THAT(codes("import time\ndef f():\n    time.sleep(1)\n"), IsEmpty());
  EXPECT_THAT(codes("import asyncio, time\nasync def f():\n    await asyncio.to_thread(time.sleep, 1)\n"), IsEmpty());
  EXPECT_THAT(codes("async def f(s):\n    'time.sleep(1)'  # time.sleep(1)\n    s.time.sleep(1)\n"), IsEmpty());
  EXPECT_THAT(codes("import requests\nasync def f():\n    return requests.get('x')\n"),
              ElementsAre("blocking-call-in-async"));
}

TEST(LintAsync, KnowsCoroutinesThatNobodyAwaits) {
  const auto found = Check(
      "runner", "# X\n\n" + PythonBlock("async def f(): ...\nf()\nx = f()\nasync def g():\n    await f()\n    f()\n"));
  ASSERT_THAT(Codes(found), ElementsAre("coroutine-never-awaited", "coroutine-never-awaited"));
  EXPECT_EQ(found[0].position.line, 5);
  EXPECT_EQ(found[1].position.line, 9);
  EXPECT_EQ(found[1].position.column, 5);
  // An asynchronous generator is no coroutine; a name bound twice may be something else.
  EXPECT_THAT(Codes(Check("runner", "# X\n\n" + PythonBlock("async def f():\n    yield 1\nf()\n"))), IsEmpty());
  EXPECT_THAT(Codes(Check("runner", "# X\n\n" + PythonBlock("async def f(): ...\ndef f(): ...\nf()\n"))), IsEmpty());
}

TEST(LintAsync, LeavesTheBodiesOfLambdasAlone) {
  const auto blocking = [](const std::string& line) {
    const std::string text = "# T\n\n```python\nimport asyncio, time\n\nasync def main():\n    " + line + "\n```\n";
    return FindCode(Check("runner", text), "blocking-call-in-async") != nullptr;
  };
  EXPECT_FALSE(blocking("await asyncio.to_thread(lambda: time.sleep(1))"));
  EXPECT_FALSE(blocking("await loop.run_in_executor(None, lambda a, b=2: time.sleep(a), 3)"));
  EXPECT_FALSE(blocking("f = lambda: time.sleep(1)"));
  EXPECT_TRUE(blocking("f(lambda: 1, time.sleep(1))"));
  EXPECT_TRUE(blocking("f(lambda: 1); time.sleep(1)"));
  EXPECT_TRUE(blocking("time.sleep((lambda: 1)())"));
}

TEST(LintAgentSkills, FindWhatOtherReadersOfYamlTake) {
  const auto found = [](const std::string& front_matter) {
    const auto findings = Check("agent-skills", "---\n" + front_matter + "---\n# ECS\n");
    return FindCode(findings, "skill-yaml") != nullptr;
  };
  EXPECT_FALSE(found("name: ecs\ndescription: >\n  Runs: all\nmetadata:\n  a: b\n"));
  EXPECT_FALSE(found("name: ecs\ndescription:\n  Runs on\n  two lines\n"));
  EXPECT_TRUE(found("name: ecs\ndescription: Use when: asked\n"));
  EXPECT_TRUE(found("name: ecs\ndescription: a\ndescription: b\n"));
  EXPECT_TRUE(found("name: ecs\ndescription: a\nmetadata: {a: b}\n"));
  EXPECT_TRUE(found("name: ecs\ndescription:\n  - a\n"));
  EXPECT_TRUE(found("name: ecs\ndescription: One --- two.\n"));
}

TEST(LintAgentSkills, KnowTheDirectoryOfASkillThatIsItsRoot) {
  Skill skill = Read("---\nname: ecs\ndescription: d\n---\n# ECS\n", "SKILL.md");
  skill.root = "/srv/skills/other";
  EXPECT_NE(FindCode(*Lint(skill, "agent-skills"), "skill-name-directory"), nullptr);
  skill.root = "/srv/skills/ecs";
  EXPECT_EQ(FindCode(*Lint(skill, "agent-skills"), "skill-name-directory"), nullptr);
}

TEST(LintSecrets, AreFoundInEveryTextOfASkill) {
  Skill skill = Read("---\nname: ecs\napi_key: \"abcd1234efgh5678\"\n---\n# ECS\n", "ecs/SKILL.md");
  skill.parts.push_back(
      {.path = "ecs/part.md", .front_matter_text = "", .body = "x\napi_key = \"abcd1234efgh5678\"\n"});
  std::vector<std::string> places;
  const auto findings = Lint(skill, "runner");
  for (const Diagnostic& finding : *findings) {
    if (finding.code == "secret") places.push_back(absl::StrCat(finding.position.path, ":", finding.position.line));
  }
  EXPECT_THAT(places, ::testing::UnorderedElementsAre("ecs/SKILL.md:3", "ecs/part.md:2"));
}

TEST(LintRunner, LeavesWhatIsMeantToBeWrongAlone) {
  const std::string block = PythonBlock("import time\nasync def f():\n    time.sleep(1)\nf()\nundefined_thing()\n");
  EXPECT_THAT(Codes(Check("runner", "# X\n\n## Common Pitfalls\n\n" + block)), Not(Contains("blocking-call-in-async")));
  EXPECT_THAT(Codes(Check("runner", "# X\n\n## Examples\n\n" + block)), Contains("blocking-call-in-async"));
}

TEST(LintRunner, SaysWhatTheLoaderSays) {
  const auto found = Check("runner", "---\nname: [\n---\n# X\n\n```sh\ntrue\n```\n");
  EXPECT_THAT(Codes(found), Contains("front-matter-invalid"));
}

TEST(LintFindings, ComeInFileOrderAndAreBounded) {
  std::string text = "# X\n\n";
  for (int i = 0; i < 3000; ++i) text += "[TODO\n";
  const auto found = Check("itzamna-adr001", text);
  EXPECT_EQ(found.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.position.line < b.position.line;
  }));
}

}  // namespace
}  // namespace skillrunner::catalog
