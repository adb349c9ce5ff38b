# H8: over every event of the sources. The end-to-end tests look at every event that is written.
add_test(NAME unit/log:keys
         COMMAND python3 -B -m unittest -v tests.log.keys_test
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(unit/log:keys PROPERTIES LABELS unit TIMEOUT 60)
