// grpc.reflection.v1 and v1alpha: what grpcurl and other clients without .proto files ask.
#pragma once

#include "rpc/descriptor_set.h"
#include "rpc/router.h"

namespace skillrunner::rpc {

// Adds both versions to `router`. Call it last: list_services answers with the services that the router serves by then,
// and these two. `descriptors` outlives the server. Files come with everything they import. At a graceful shutdown open
// streams end with OK.
void RegisterReflectionServices(Router& router, const DescriptorSet& descriptors);

}  // namespace skillrunner::rpc
