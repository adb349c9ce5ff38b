# A second store, in memory, for the tests of the contract and for the model.
add_library(kurir_memory_store STATIC queue/memory_store.cpp queue/memory_store_claims.cpp queue/memory_store_shared.cpp
    queue/memory_store_board.cpp)
target_link_libraries(kurir_memory_store PUBLIC kurir_options kurir_queue)
target_link_libraries(test_queue PRIVATE kurir_memory_store)
target_link_libraries(test_outbound PRIVATE kurir_memory_store)
target_link_libraries(test_facts PRIVATE kurir_memory_store)
target_link_libraries(test_app PRIVATE kurir_memory_store)

# A PostgreSQL server of the tests' own.
add_library(kurir_postgres_server STATIC queue/postgres_server.cpp queue/postgres_owner.cpp queue/cutting_proxy.cpp
    queue/sent_statements.cpp queue/statement_trial.cpp)
target_link_libraries(kurir_postgres_server PUBLIC kurir_options kurir_queue_postgres Catch2::Catch2)
target_link_libraries(test_queue PRIVATE kurir_postgres_server)
