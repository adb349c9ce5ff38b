# The operators' page, with its files in the program.
kurir_library(relay/page ASIO DEPENDS kurir_relay_admin)
file(GLOB page_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/files/*)
set(embedded_page ${CMAKE_BINARY_DIR}/relay/page/embedded.cpp)
add_custom_command(
  OUTPUT ${embedded_page}
  COMMAND ${CMAKE_COMMAND} -D FOLDER=${CMAKE_CURRENT_LIST_DIR}/files -D OUTPUT=${embedded_page}
          -P ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
  DEPENDS ${page_files} ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
  VERBATIM)
target_sources(kurir_relay_page PRIVATE ${embedded_page})
set_source_files_properties(${embedded_page} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
