# What is deployed beside the program: dashboards, rules, compose file, Dockerfile, scripts.
foreach(part dashboards prometheus containers scripts)
  add_test(NAME deploy/${part}
           COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/deploy/${part}_test.py)
  set_tests_properties(deploy/${part} PROPERTIES LABELS deploy TIMEOUT 60)
endforeach()
