# The language, the warnings and the hardening that all of Kurir is built with.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: it destroys twice what is built in a "
    "statement with co_await. Use clang 19 (the presets do) or GCC 14.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(KURIR_TESTS "Build the tests" ON)
option(KURIR_FUZZ "Build the libFuzzer targets" OFF)
set(KURIR_SANITIZE "" CACHE STRING "Sanitizers: a list for -fsanitize=, such as address,undefined")

# Position-independent executables. The same flag for libraries and programs, so that all share one
# precompiled header: there are no shared libraries.
add_compile_options(-fPIE)
add_link_options(-pie)

add_library(kurir_options INTERFACE)
target_include_directories(kurir_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(kurir_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Woverloaded-virtual -Werror
  -fstack-protector-strong)
if(CMAKE_UNITY_BUILD)
  # A local variable may have the name of something in another file. clang-tidy sees each file alone.
  target_compile_options(kurir_options INTERFACE -Wno-shadow)
endif()
target_compile_definitions(kurir_options INTERFACE
  KURIR_VERSION="${PROJECT_VERSION}" _GLIBCXX_ASSERTIONS)
target_link_options(kurir_options INTERFACE -Wl,-z,relro -Wl,-z,now)

# Assertions stay on in release: a broken invariant stops the process while the queue is safe.
foreach(flags CMAKE_CXX_FLAGS_RELEASE CMAKE_CXX_FLAGS_RELWITHDEBINFO)
  string(REPLACE "-DNDEBUG" "" ${flags} "${${flags}}")
endforeach()

if(KURIR_SANITIZE)
  # The check of vtable pointers opens a pipe to read one, and takes a pipe that it can't have for
  # a wrong pointer: it ends a program that has used up its descriptors, as a test does.
  add_compile_options(-fsanitize=${KURIR_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KURIR_SANITIZE})
  # Reports name functions and lines; more would only take longer to compile.
  set(CMAKE_CXX_FLAGS_DEBUG "-g1")
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  # glibc's checks need optimisation, and sanitizers see more without them.
  target_compile_definitions(kurir_options INTERFACE _FORTIFY_SOURCE=2)
endif()

if(KURIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
