# The model test: the scheduler and the store in simulated worlds. More of them by hand:
#   build/release/tests/model --seeds 100000
add_executable(model model/model.cpp model/oracle.cpp model/script.cpp model/world.cpp model/world_attempts.cpp)
target_link_libraries(model PRIVATE kurir_options kurir_relay_outbound kurir_queue_rocks kurir_memory_store kurir_postgres_server Catch2::Catch2)
foreach(first RANGE 1 201 100)
  add_test(NAME model/lives_from_${first} COMMAND model --seeds 100 --database 1 --first ${first})
  set_tests_properties(model/lives_from_${first} PROPERTIES LABELS model COST 100 TIMEOUT 600)
endforeach()
