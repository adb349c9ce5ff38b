# The benchmark's load generator; tests/bench/relay runs it.
add_library(kurir_bench STATIC
  bench/connection.cpp bench/ledger.cpp bench/load_client.cpp bench/load_message.cpp
  bench/load_names.cpp bench/load_sink.cpp bench/poller.cpp bench/sink_session.cpp
  bench/tls_context.cpp)
target_link_libraries(kurir_bench PUBLIC kurir_options OpenSSL::SSL Threads::Threads)
add_executable(kurir_loadgen bench/loadgen.cpp)
target_link_libraries(kurir_loadgen PRIVATE kurir_bench kurir_relay_sasl CLI11::CLI11 Boost::json)
kurir_unit_tests(bench DEPENDS kurir_bench)

# The relay under full load for seconds: every message must arrive once and whole. How fast, a
# machine's neighbours decide: that is printed, not tested.
add_test(NAME bench/relay
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/relay --no-build --only kurir --seconds 3)
add_test(NAME bench/relay_with_logins
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/relay --no-build --only kurir --seconds 3 --tls
                 --login --per-connection 1)
add_test(NAME bench/shared_queue
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/shared_queue speed --only postgresql --seconds 3)
set_tests_properties(bench/relay bench/relay_with_logins bench/shared_queue
                     PROPERTIES LABELS bench TIMEOUT 120 RUN_SERIAL ON)

# The store alone: prints messages/s and CPU time for each.
add_executable(store_bench bench/store_bench.cpp)
target_link_libraries(store_bench PRIVATE kurir_queue_rocks)

# A queue full of deferred mail; tests/bench/backlog starts a relay on it.
add_executable(fill_queue bench/fill_queue.cpp bench/mixed_mail.cpp)
target_link_libraries(fill_queue PRIVATE kurir_queue_rocks CLI11::CLI11)
add_dependencies(integration_tests fill_queue)  # early_order begins with a full queue
# The store under a long queue: prints memory, restart, speed, orders over all of it, disk.
add_executable(backlog_bench bench/backlog.cpp)
target_link_libraries(backlog_bench PRIVATE kurir_queue_rocks)

set_target_properties(kurir_loadgen store_bench fill_queue backlog_bench PROPERTIES UNITY_BUILD OFF)
