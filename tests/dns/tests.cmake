# The real resolver against name servers: ours, which misbehaves on demand, and Debian's.
kurir_test_program(resolve_probe dns/resolve_probe.cpp kurir_asio kurir_dns)
target_precompile_headers(resolve_probe REUSE_FROM kurir_asio_pch)
foreach(part resolver proof silence)
  add_test(NAME integration/${part}
           COMMAND python3 -B -m unittest -v tests.dns.${part}_test
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(integration/${part} PROPERTIES
    LABELS integration TIMEOUT 300 ENVIRONMENT "RESOLVE_PROBE=$<TARGET_FILE:resolve_probe>")
endforeach()
