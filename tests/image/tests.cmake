# The image is built, inspected and run: minutes, and only as root. It begins first, so that nothing
# waits for it at the end.
add_test(NAME image COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/run)
set_tests_properties(image PROPERTIES LABELS image TIMEOUT 1500 SKIP_RETURN_CODE 77
                     PROCESSORS 1 COST 1000)
