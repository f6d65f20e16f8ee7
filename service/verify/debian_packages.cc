// Which package of Debian 12 has what examples ask for most. Checked with apt-cache.
#include "verify/failure.h"

namespace skillrunner::verify {
namespace {

struct Entry {
  absl::string_view name;
  absl::string_view package;
};

constexpr Entry kPython[] = {
    {"PIL", "python3-pil"},
    {"aiofiles", "python3-aiofiles"},
    {"aiohttp", "python3-aiohttp"},
    {"anyio", "python3-anyio"},
    {"arrow", "python3-arrow"},
    {"attr", "python3-attr"},
    {"boto3", "python3-boto3"},
    {"botocore", "python3-botocore"},
    {"bs4", "python3-bs4"},
    {"celery", "python3-celery"},
    {"certifi", "python3-certifi"},
    {"click", "python3-click"},
    {"colorama", "python3-colorama"},
    {"cryptography", "python3-cryptography"},
    {"cv2", "python3-opencv"},
    {"cycler", "python3-cycler"},
    {"dateutil", "python3-dateutil"},
    {"django", "python3-django"},
    {"docx", "python3-docx"},
    {"dotenv", "python3-dotenv"},
    {"fastapi", "python3-fastapi"},
    {"flask", "python3-flask"},
    {"freezegun", "python3-freezegun"},
    {"gi", "python3-gi"},
    {"git", "python3-git"},
    {"google", "python3-protobuf"},
    {"grpc", "python3-grpcio"},
    {"h5py", "python3-h5py"},
    {"httpx", "python3-httpx"},
    {"hypothesis", "python3-hypothesis"},
    {"ipython", "python3-ipython"},
    {"jinja2", "python3-jinja2"},
    {"joblib", "python3-joblib"},
    {"jsonschema", "python3-jsonschema"},
    {"jwt", "python3-jwt"},
    {"lxml", "python3-lxml"},
    {"markdown", "python3-markdown"},
    {"matplotlib", "python3-matplotlib"},
    {"mpl_toolkits", "python3-matplotlib"},
    {"msgpack", "python3-msgpack"},
    {"multipart", "python3-multipart"},
    {"mypy", "python3-mypy"},
    {"nacl", "python3-nacl"},
    {"networkx", "python3-networkx"},
    {"nltk", "python3-nltk"},
    {"numpy", "python3-numpy"},
    {"openpyxl", "python3-openpyxl"},
    {"packaging", "python3-packaging"},
    {"pandas", "python3-pandas"},
    {"paramiko", "python3-paramiko"},
    {"passlib", "python3-passlib"},
    {"pkg_resources", "python3-pkg-resources"},
    {"plotly", "python3-plotly"},
    {"pluggy", "python3-pluggy"},
    {"prometheus_client", "python3-prometheus-client"},
    {"psutil", "python3-psutil"},
    {"psycopg2", "python3-psycopg2"},
    {"pydantic", "python3-pydantic"},
    {"pygments", "python3-pygments"},
    {"pymongo", "python3-pymongo"},
    {"pymysql", "python3-pymysql"},
    {"pypdf", "python3-pypdf"},
    {"pytest", "python3-pytest"},
    {"pytest_asyncio", "python3-pytest-asyncio"},
    {"pytz", "python3-tz"},
    {"redis", "python3-redis"},
    {"regex", "python3-regex"},
    {"reportlab", "python3-reportlab"},
    {"requests", "python3-requests"},
    {"rich", "python3-rich"},
    {"ruamel", "python3-ruamel.yaml"},
    {"scipy", "python3-scipy"},
    {"seaborn", "python3-seaborn"},
    {"setuptools", "python3-setuptools"},
    {"shapely", "python3-shapely"},
    {"simpy", "python3-simpy"},
    {"six", "python3-six"},
    {"skimage", "python3-skimage"},
    {"sklearn", "python3-sklearn"},
    {"sortedcontainers", "python3-sortedcontainers"},
    {"sqlalchemy", "python3-sqlalchemy"},
    {"starlette", "python3-starlette"},
    {"statsmodels", "python3-statsmodels"},
    {"structlog", "python3-structlog"},
    {"sympy", "python3-sympy"},
    {"tabulate", "python3-tabulate"},
    {"tenacity", "python3-tenacity"},
    {"toml", "python3-toml"},
    {"tomli", "python3-tomli"},
    {"torch", "python3-torch"},
    {"tornado", "python3-tornado"},
    {"tqdm", "python3-tqdm"},
    {"trio", "python3-trio"},
    {"typer", "python3-typer"},
    {"typing_extensions", "python3-typing-extensions"},
    {"uvicorn", "python3-uvicorn"},
    {"uvloop", "python3-uvloop"},
    {"watchdog", "python3-watchdog"},
    {"websocket", "python3-websocket"},
    {"websockets", "python3-websockets"},
    {"werkzeug", "python3-werkzeug"},
    {"wheel", "python3-wheel"},
    {"xlsxwriter", "python3-xlsxwriter"},
    {"yaml", "python3-yaml"},
    {"yarl", "python3-yarl"},
    {"zmq", "python3-zmq"},
    {"zstandard", "python3-zstandard"},
};

constexpr Entry kNode[] = {
    {"axios", "node-axios"}, {"chalk", "node-chalk"},     {"commander", "node-commander"},
    {"debug", "node-debug"}, {"express", "node-express"}, {"glob", "node-glob"},
    {"jest", "jest"},        {"lodash", "node-lodash"},   {"moment", "node-moment"},
    {"react", "node-react"}, {"semver", "node-semver"},   {"typescript", "node-typescript"},
    {"uuid", "node-uuid"},   {"vue", "node-vue"},         {"ws", "node-ws"},
    {"yargs", "node-yargs"},
};

constexpr Entry kCommands[] = {
    {"cargo", "cargo"},
    {"cmake", "cmake"},
    {"curl", "curl"},
    {"docker", "docker.io"},
    {"g++", "g++"},
    {"gcc", "gcc"},
    {"git", "git"},
    {"go", "golang-go"},
    {"gradle", "gradle"},
    {"java", "default-jre-headless"},
    {"javac", "default-jdk-headless"},
    {"jq", "jq"},
    {"kotlinc", "kotlin"},
    {"make", "make"},
    {"mvn", "maven"},
    {"node", "nodejs"},
    {"npm", "npm"},
    {"npx", "npm"},
    {"pip", "python3-pip"},
    {"pip3", "python3-pip"},
    {"python", "python-is-python3"},
    {"rg", "ripgrep"},
    {"rustc", "rustc"},
    {"tree", "tree"},
    {"tsc", "node-typescript"},
    {"wget", "wget"},
};

template <size_t N>
std::string Find(const Entry (&entries)[N], absl::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return std::string(entry.package);
  }
  return "";
}

}  // namespace

std::string DebianPackage(absl::string_view runtime, absl::string_view name) {
  if (runtime == "python") return Find(kPython, name);
  if (runtime == "node" || runtime == "typescript") return Find(kNode, name);
  return runtime == "bash" ? Find(kCommands, name) : "";
}

}  // namespace skillrunner::verify
