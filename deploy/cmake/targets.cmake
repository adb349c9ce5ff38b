# kurir_library(FOLDER [ASIO] DEPENDS ...): the static library of one folder, named kurir_<folder with _>.
# ASIO: its files work with Asio and share the precompiled header.
function(kurir_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ASIO" "" "DEPENDS")
  string(REPLACE "/" "_" name "kurir_${folder}")
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE kurir_options ${arg_DEPENDS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC kurir_options ${arg_DEPENDS})
  if(arg_ASIO)
    target_link_libraries(${name} PUBLIC kurir_asio)
    target_precompile_headers(${name} REUSE_FROM kurir_asio_pch)
  endif()
endfunction()

# The precompiled header is built once, with the options of all libraries.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/pch.cpp CONTENT "// holds the precompiled header\n")
add_library(kurir_asio_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
target_link_libraries(kurir_asio_pch PRIVATE kurir_options kurir_asio)
target_precompile_headers(kurir_asio_pch PRIVATE deploy/cmake/asio_pch.hpp)
