# What the README and the compose file say of the settings, against relay/config/settings.cpp.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME "unit/config: the README and the compose file have all settings"
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/config/check_readme.py
                 $<TARGET_FILE:test_config> ${PROJECT_SOURCE_DIR}/README.md
                 ${PROJECT_SOURCE_DIR}/deploy/compose.yaml)
set_tests_properties("unit/config: the README and the compose file have all settings" PROPERTIES LABELS unit)
