# What is deployed beside the program: dashboards, rules, compose files, Dockerfile, scripts, the Helm chart, the unit of systemd.
foreach(part chart chart_database chart_rules compose containers dashboards live notify prometheus runbook sbom scripts systemd)
  add_test(NAME deploy/${part}
           COMMAND python3 -B -m unittest -v tests.deploy.${part}_test
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(deploy/${part} PROPERTIES
    LABELS deploy TIMEOUT 120 ENVIRONMENT "KURIR_BINARY=$<TARGET_FILE:kurir>")
endforeach()
# The first of them installs packages of npm.
set_tests_properties(deploy/chart deploy/chart_database deploy/chart_rules deploy/compose PROPERTIES TIMEOUT 400)

# The demonstration is bounded by itself and says whether its three messages ended as they should.
add_test(NAME deploy/demo COMMAND kurir_demo $<TARGET_FILE:kurir>)
set_tests_properties(deploy/demo PROPERTIES LABELS deploy TIMEOUT 60)
