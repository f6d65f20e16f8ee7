// Messages to and from the bytes that gRPC carries.
#pragma once

#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"

namespace skillrunner::rpc {

// False: the message cannot be serialised (larger than 2 GiB).
template <class Message>
bool SerializeMessage(const Message& message, grpc::ByteBuffer* bytes) {
  bool own_buffer = false;
  return grpc::SerializationTraits<Message>::Serialize(message, bytes, &own_buffer).ok();
}

// Consumes `bytes`. False: they are no such message.
template <class Message>
bool ParseMessage(grpc::ByteBuffer* bytes, Message* message) {
  return grpc::SerializationTraits<Message>::Deserialize(bytes, message).ok();
}

}  // namespace skillrunner::rpc
