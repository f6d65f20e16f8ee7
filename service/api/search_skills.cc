#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "api/skill_proto.h"
#include "async/event.h"
#include "catalog/search_words.h"
#include "catalog/searcher.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

constexpr int kDefaultPage = 20;
constexpr absl::Duration kBusy = absl::Seconds(1);

// Between the searcher's thread, which fills it, and the handler, which may be gone by then.
struct Found {
  absl::Mutex mutex;
  std::optional<catalog::SearchAnswer> answer ABSL_GUARDED_BY(mutex);

  void Set(catalog::SearchAnswer value) {
    absl::MutexLock lock(&mutex);
    answer = std::move(value);
  }
  std::optional<catalog::SearchAnswer> Take() {
    absl::MutexLock lock(&mutex);
    return std::exchange(answer, std::nullopt);
  }
};

// Tokens are places in the ranking: a change of the catalogue between two pages may move skills across their border.
std::vector<rpc::FieldViolation> ReadRequest(const v1::SearchSkillsRequest& request, catalog::SearchQuery* query) {
  std::vector<rpc::FieldViolation> violations;
  query->most = PageSize(request.page_size(), kDefaultPage, &violations);
  uint32_t offset = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &offset))
    violations.push_back({"page_token", "is not a token of an earlier answer"});
  query->offset = offset;
  if (!v1::SkillView_IsValid(request.view()) || request.view() == v1::SKILL_VIEW_SECTION)
    violations.push_back({"view", "is not a known view of lists"});
  if (request.query().size() > catalog::kMaxQueryBytes) {
    violations.push_back({"query", absl::StrCat("must have at most ", catalog::kMaxQueryBytes, " bytes")});
  } else if (!request.query().empty()) {
    const size_t words = catalog::QueryWords(request.query()).size();
    if (words == 0) violations.push_back({"query", "has no word: letters or digits must be in it, or nothing at all"});
    if (words > catalog::kMaxQueryWords)
      violations.push_back({"query", absl::StrCat("must have at most ", catalog::kMaxQueryWords, " words")});
  }
  query->text = request.query();
  query->domain = request.domain();
  query->language = request.language();
  query->level = request.level();
  query->status = request.status();
  return violations;
}

}  // namespace

Task<grpc::Status> SearchSkills(Context* context, rpc::Call& call, v1::SearchSkillsRequest request,
                                v1::SearchSkillsResponse* response) {
  catalog::SearchQuery query;
  const std::vector<rpc::FieldViolation> violations = ReadRequest(request, &query);
  if (!violations.empty()) co_return rpc::InvalidArgument(violations);
  if (context->searcher == nullptr) co_return rpc::Unavailable("there is no search here", kBusy);

  const auto wake_up = std::make_shared<WakeUp>(call.executor());
  call.OnCancel([wake_up] { wake_up->event().Set(); });
  const auto found = std::make_shared<Found>();
  const auto done = [found, notifier = wake_up->notifier()](catalog::SearchAnswer answer) {
    found->Set(std::move(answer));
    notifier.Notify();
  };
  if (!context->searcher->Search(query, done))
    co_return rpc::ResourceExhausted("searches", "too many searches are waiting", kBusy);
  co_await wake_up->event().Wait();
  const std::optional<catalog::SearchAnswer> answer = found->Take();
  if (!answer.has_value()) co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");

  const auto view = request.view() == v1::SKILL_VIEW_UNSPECIFIED ? v1::SKILL_VIEW_OUTLINE : request.view();
  PageBytes bytes;
  for (const catalog::SearchAnswer::Match& match : answer->matches) {
    v1::Skill skill = ToProto(*match.skill, view, context->modules);
    if (!bytes.Takes(skill)) break;
    *response->add_skills() = std::move(skill);
    v1::SearchMatch* reason = response->add_matches();
    reason->set_score(match.score);
    reason->set_snippet(match.snippet);
  }
  response->set_total_size(static_cast<int>(answer->total));
  const size_t next = query.offset + static_cast<size_t>(response->skills_size());
  if (next < answer->total) response->set_next_page_token(absl::StrCat(next));
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api
