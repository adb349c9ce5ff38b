# Fuzz targets: tests/fuzz/<name>_fuzz.cpp with its seeds in tests/fuzz/corpus/<name>/.
#
# With KURIR_FUZZ each is a libFuzzer program that runs for FUZZ_SECONDS (an environment variable,
# 30 by default). Without it the same file replays its seeds, so that what was once found stays found
# in every build.
file(GLOB fuzz_sources CONFIGURE_DEPENDS fuzz/*_fuzz.cpp)
add_custom_target(fuzzers)

foreach(source ${fuzz_sources})
  get_filename_component(program ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name ${program})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
  add_executable(${program} ${source})
  set_target_properties(${program} PROPERTIES UNITY_BUILD OFF)
  add_dependencies(fuzzers ${program})
  target_link_libraries(${program} PRIVATE kurir_options kurir_relay_inbound kurir_relay_message kurir_relay_smtp
                        kurir_relay_sasl kurir_relay_users kurir_relay_quota kurir_relay_oauth kurir_relay_tokens kurir_relay_dkim kurir_relay_mime kurir_relay_spf
                        kurir_relay_config kurir_relay_suppression kurir_relay_rewrite kurir_relay_log kurir_queue_rocks kurir_queue_postgres kurir_dns
                        kurir_relay_app)
  if(KURIR_FUZZ)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz/${name}
             COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/run $<TARGET_FILE:${program}> ${corpus})
    set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 600)
  else()
    target_sources(${program} PRIVATE fuzz/replay.cpp)
    add_test(NAME fuzz/${name} COMMAND ${program} ${corpus})
    set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 60)
  endif()
endforeach()
