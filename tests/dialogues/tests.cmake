# The dialogue scripts against the real binary; test_inbound plays them without sockets.
add_test(NAME integration/dialogues
         COMMAND python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/dialogues/run.py $<TARGET_FILE:kurir>
                 ${CMAKE_CURRENT_SOURCE_DIR}/dialogues
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(integration/dialogues PROPERTIES LABELS integration TIMEOUT 300)
