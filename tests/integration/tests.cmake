# End-to-end tests: each *_test.py is a unittest module that runs the real binary.
#
# kurir_python_tests(KIND PROCESSORS): the modules of tests/KIND as tests KIND/<name>. They wait more
# than they compute and run side by side, before the short unit tests; a sanitized relay gets more time. A module that had to skip
# a test (one that takes root, say) is shown as skipped.
function(kurir_python_tests kind processors)
  set(patience 1)
  if(KURIR_SANITIZE)
    set(patience 4)
  endif()
  math(EXPR timeout "300 * ${patience}")
  file(GLOB modules CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${kind}/*_test.py)
  foreach(module ${modules})
    get_filename_component(name ${module} NAME_WE)
    string(REGEX REPLACE "_test$" "" short ${name})
    add_test(NAME ${kind}/${short}
             COMMAND python3 -B -m unittest -v tests.${kind}.${name}
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${kind}/${short} PROPERTIES
      LABELS ${kind} PROCESSORS ${processors} COST 10 TIMEOUT ${timeout} SKIP_REGULAR_EXPRESSION "OK \\(skipped="
      ENVIRONMENT "KURIR_BINARY=$<TARGET_FILE:kurir>;KURIR_TEST_PATIENCE=${patience}")
  endforeach()
endfunction()

kurir_python_tests(integration 1)
kurir_python_tests(faults 2)
# Its floods of large messages take some three minutes, and twice that on a busy machine.
set_tests_properties(faults/memory PROPERTIES TIMEOUT 400)
# Each waits for leases to end, one after the other.
set_tests_properties(faults/shared_queue faults/database_network PROPERTIES TIMEOUT 900 COST 100)
set_tests_properties(faults/memory faults/moments faults/shared_moments faults/clock faults/crash integration/remote_limits integration/attempts
                     integration/remote_tls integration/watch integration/dkim_signing PROPERTIES COST 100)
# What tests/versions tries with an older relay as well: here both are of this version.
if(NOT KURIR_SANITIZE)
  add_test(NAME faults/versions COMMAND python3 -B -m unittest -v -k not_know tests.faults.two_versions
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(faults/versions PROPERTIES
    LABELS faults PROCESSORS 2 COST 10 TIMEOUT 300
    ENVIRONMENT "KURIR_BINARY=$<TARGET_FILE:kurir>;KURIR_OLDER_BINARY=$<TARGET_FILE:kurir>")
endif()
if(KURIR_SANITIZE)  # libfaketime and a sanitizer's runtime each want to be loaded first
  set_tests_properties(faults/clock faults/runaway faults/shared_clock faults/shared_mutants PROPERTIES DISABLED ON)
  # A minute of handshakes, all with OpenSSL, which is not sanitized.
  set_tests_properties(integration/testssl PROPERTIES DISABLED ON)
  # It loads a library of its own before all others, where a sanitizer's runtime wants to be.
  set_tests_properties(integration/signing_failure PROPERTIES DISABLED ON)
endif()
