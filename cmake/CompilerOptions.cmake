# Language level, warnings, hardening and sanitizers: everything that holds for each of our own targets.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(skillrunner_options INTERFACE)
# Designated initialisers name what differs from the default; the rest is left out on purpose.
target_compile_options(skillrunner_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 on inlined std::string and coroutine frames (gcc.gnu.org/PR105329, PR105562).
  target_compile_options(skillrunner_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(NOT SKILL_RUNNER_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(skillrunner_options INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(skillrunner_options INTERFACE -Wl,-z,relro,-z,now)
endif()

if(SKILL_RUNNER_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # The distribution's gRPC is not instrumented; its headers must not assume that it is.
  add_compile_definitions(GRPC_ASAN_SUPPRESSED)
elseif(SKILL_RUNNER_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
  add_link_options(-fsanitize=thread)
  add_compile_definitions(GRPC_TSAN_SUPPRESSED)
elseif(SKILL_RUNNER_SANITIZE)
  message(FATAL_ERROR "SKILL_RUNNER_SANITIZE must be empty, address or thread, not '${SKILL_RUNNER_SANITIZE}'")
endif()
