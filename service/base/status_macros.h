// Early return on absl::Status errors. The CO_ twins are for coroutines. Plain ifs: g++ 12 miscompiles statement
// expressions in coroutines.
//
//   RETURN_IF_ERROR(Check(x));
//   ASSIGN_OR_RETURN(auto fd, Open(path));
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SKILLRUNNER_CONCAT_INNER(a, b) a##b
#define SKILLRUNNER_CONCAT(a, b) SKILLRUNNER_CONCAT_INNER(a, b)

#define SKILLRUNNER_RETURN_IF_ERROR_IMPL(status, expr, return_keyword) \
  if (::absl::Status status = (expr); !status.ok()) return_keyword status

#define RETURN_IF_ERROR(expr) SKILLRUNNER_RETURN_IF_ERROR_IMPL(SKILLRUNNER_CONCAT(status_, __LINE__), expr, return )
#define CO_RETURN_IF_ERROR(expr) \
  SKILLRUNNER_RETURN_IF_ERROR_IMPL(SKILLRUNNER_CONCAT(status_, __LINE__), expr, co_return )

#define SKILLRUNNER_ASSIGN_OR_RETURN_IMPL(result, lhs, expr, return_keyword) \
  auto result = (expr);                                                      \
  if (!result.ok()) return_keyword result.status();                          \
  lhs = *std::move(result)

#define ASSIGN_OR_RETURN(lhs, expr) \
  SKILLRUNNER_ASSIGN_OR_RETURN_IMPL(SKILLRUNNER_CONCAT(result_, __LINE__), lhs, expr, return )
#define CO_ASSIGN_OR_RETURN(lhs, expr) \
  SKILLRUNNER_ASSIGN_OR_RETURN_IMPL(SKILLRUNNER_CONCAT(result_, __LINE__), lhs, expr, co_return )
