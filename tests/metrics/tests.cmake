# The exposition of a fresh process against promtool's lint and the table of metrics/README.md.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME "unit/metrics: the exposition agrees with README and promtool"
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/metrics/check_exposition.py
                 $<TARGET_FILE:test_metrics> ${PROJECT_SOURCE_DIR}/metrics/README.md)
set_tests_properties("unit/metrics: the exposition agrees with README and promtool"
                     PROPERTIES LABELS unit)

# No series that nothing sets.
add_test(NAME "unit/metrics: operating: every metric and every label is set somewhere"
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/metrics/check_labels.py
                 ${PROJECT_SOURCE_DIR})
set_tests_properties("unit/metrics: operating: every metric and every label is set somewhere"
                     PROPERTIES LABELS unit)
