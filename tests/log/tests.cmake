# H8: over every event of the sources. The end-to-end tests look at every event that is written.
add_test(NAME unit/log:keys
         COMMAND python3 -B -m unittest -v tests.log.keys_test
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME unit/log:words
         COMMAND python3 -B -m unittest -v tests.log.words_test
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(unit/log:keys unit/log:words PROPERTIES LABELS unit TIMEOUT 60)
