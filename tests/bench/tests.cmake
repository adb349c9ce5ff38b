# The benchmark's load generator; tests/bench/relay runs it. No test of ctest: it prints, and a
# machine's neighbours decide what.
add_executable(kurir_loadgen
  bench/connection.cpp bench/ledger.cpp bench/load_client.cpp bench/load_message.cpp
  bench/load_sink.cpp bench/loadgen.cpp bench/poller.cpp bench/sink_session.cpp)
target_link_libraries(kurir_loadgen PRIVATE kurir_options CLI11::CLI11 Boost::json Threads::Threads)
