# What is deployed beside the program: dashboards, rules, compose file, Dockerfile, scripts.
foreach(part containers dashboards live prometheus runbook scripts)
  add_test(NAME deploy/${part}
           COMMAND python3 -B -m unittest -v tests.deploy.${part}_test
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(deploy/${part} PROPERTIES
    LABELS deploy TIMEOUT 120 ENVIRONMENT "KURIR_BINARY=$<TARGET_FILE:kurir>")
endforeach()

# The demonstration is bounded by itself and says whether its three messages ended as they should.
add_test(NAME deploy/demo COMMAND kurir_demo $<TARGET_FILE:kurir>)
set_tests_properties(deploy/demo PROPERTIES LABELS deploy TIMEOUT 60)
