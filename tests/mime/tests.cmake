# Messages before and after conversion, as the parsers of others read them.
kurir_test_program(kurir_mime_tool mime/tool.cpp kurir_relay_mime)
add_test(NAME integration/mime
         COMMAND python3 -B -m unittest -v tests.mime.parsers_test
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(integration/mime PROPERTIES
  LABELS integration TIMEOUT 300 ENVIRONMENT "KURIR_MIME_TOOL=$<TARGET_FILE:kurir_mime_tool>")
