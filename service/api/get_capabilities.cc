#include "api/handlers.h"
#include "api/run_request.h"
#include "catalog/languages.h"

namespace skillrunner::api {

Task<grpc::Status> GetCapabilities(Context* context, rpc::Call& /*call*/, v1::GetCapabilitiesRequest /*request*/,
                                   v1::GetCapabilitiesResponse* response) {
  response->set_version(context->version);
  if (const auto capabilities = context->runner.capabilities()) {
    response->set_isolation(static_cast<v1::IsolationLevel>(capabilities->level));
    for (const sandbox::Mechanism& mechanism : capabilities->mechanisms) {
      v1::IsolationMechanism* added = response->add_mechanisms();
      added->set_name(mechanism.name);
      added->set_active(mechanism.active);
      added->set_detail(mechanism.detail);
    }
  }
  for (const std::string& name : context->runtimes.names()) context->runtimes.Begin(name);
  for (const std::string& name : context->runtimes.names()) {
    const Runtime* found = co_await context->runtimes.Get(name);
    const Runtime& runtime = *found;
    v1::RuntimeInfo* added = response->add_runtimes();
    added->set_name(runtime.name);
    added->set_version(runtime.version);
    added->set_available(runtime.available());
    added->set_hint(runtime.hint);
    for (std::string& language : catalog::LanguagesOf(runtime.name)) added->add_languages(std::move(language));
  }
  *response->mutable_default_limits() = ToProto(context->default_limits);
  *response->mutable_max_limits() = ToProto(context->max_limits);
  response->set_max_running(static_cast<int>(context->runner.options().max_running));
  response->set_max_queued(static_cast<int>(context->runner.options().max_queued));
  const Runner::Load load = context->runner.load();
  response->set_running(load.running);
  response->set_queued(load.queued);
  response->set_sandboxes_ready(load.sandboxes_ready);
  for (const Runner::WarmProfile& profile : context->runner.warm_profiles()) {
    v1::WarmProfile* added = response->add_warm_profiles();
    added->set_name(profile.name);
    added->set_available(profile.available);
    added->set_reason(profile.reason);
    added->set_sandboxes_ready(profile.ready);
  }
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api
