# Our signatures before the verifiers of others, and theirs before ours.
kurir_test_program(kurir_dkim_tool dkim/tool.cpp kurir_relay_dkim kurir_relay_message)
add_test(NAME integration/dkim
         COMMAND python3 -B -m unittest -v tests.dkim.verifiers_test
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(integration/dkim PROPERTIES
  LABELS integration TIMEOUT 300 ENVIRONMENT "KURIR_DKIM_TOOL=$<TARGET_FILE:kurir_dkim_tool>")

# What a test loads before OpenSSL, so that signatures fail; as it is, without a sanitizer.
add_library(no_signatures MODULE support/no_signatures.cpp)
target_compile_features(no_signatures PRIVATE cxx_std_20)
target_link_options(no_signatures PRIVATE -Qunused-arguments)  # -pie, which programs get
add_dependencies(integration_tests no_signatures)
