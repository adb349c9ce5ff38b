# The tables of the README against those that relay/config/settings.cpp makes.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME "unit/config: the README has the tables of the settings"
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/config/check_readme.py
                 $<TARGET_FILE:test_config> ${PROJECT_SOURCE_DIR}/README.md)
set_tests_properties("unit/config: the README has the tables of the settings" PROPERTIES LABELS unit)
