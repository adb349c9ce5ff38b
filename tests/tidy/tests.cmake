# The tidy test, the samples that prove its rules, and each header as a file of its own.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_test(NAME "unit/tidy: the tree" COMMAND Python3::Interpreter
         ${CMAKE_CURRENT_SOURCE_DIR}/tidy/tidy.py ${PROJECT_SOURCE_DIR})
add_test(NAME "unit/tidy: each rule can fail" COMMAND Python3::Interpreter
         ${CMAKE_CURRENT_SOURCE_DIR}/tidy/tidy_test.py)
set_tests_properties("unit/tidy: the tree" "unit/tidy: each rule can fail" PROPERTIES LABELS unit)

if(KURIR_SANITIZE)  # a sanitizer sees nothing in what follows
  return()
endif()

# A header that forgets an include does not compile here. Where there is a source file of the same
# name, that one shows it: it begins with its header (rule own_header_first). Those that work with
# Asio are compiled after the precompiled header, which hides only what that one includes.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     ${PROJECT_SOURCE_DIR}/metrics/*.hpp ${PROJECT_SOURCE_DIR}/dns/*.hpp
     ${PROJECT_SOURCE_DIR}/queue/*.hpp ${PROJECT_SOURCE_DIR}/relay/*.hpp)
foreach(header ${headers})
  string(REGEX REPLACE "hpp$" "cpp" source ${header})
  if(EXISTS ${PROJECT_SOURCE_DIR}/${source})
    continue()
  endif()
  set(alone ${CMAKE_BINARY_DIR}/headers/${header}.cpp)
  file(CONFIGURE OUTPUT ${alone} CONTENT "#include \"${header}\"\n")
  if(header MATCHES "^(metrics|queue|relay/(smtp|log|message))/")
    list(APPEND plain ${alone})
  else()
    list(APPEND with_asio ${alone})
  endif()
endforeach()

add_library(headers_plain OBJECT ${plain})
add_library(headers_with_asio OBJECT ${with_asio})
set_target_properties(headers_plain headers_with_asio PROPERTIES UNITY_BUILD OFF)
target_precompile_headers(headers_with_asio REUSE_FROM kurir_asio_pch)
foreach(library headers_plain headers_with_asio)
  target_link_libraries(${library} PRIVATE kurir_options kurir_asio kurir_queue kurir_dns
                        kurir_relay_log Boost::json PkgConfig::pq)
  target_compile_options(${library} PRIVATE -g0)
endforeach()

add_test(NAME "unit/tidy: each header compiles on its own" COMMAND ${CMAKE_COMMAND}
         --build ${CMAKE_BINARY_DIR} --target headers_plain headers_with_asio)
set_tests_properties("unit/tidy: each header compiles on its own" PROPERTIES LABELS unit)
