# kurir_faulty: the relay once more, for the fault scenarios, with failpoints (queue/failpoint.hpp) and
# mutants. Only the sources that have one are compiled again, from copies that faulty/edits.py makes;
# everything else is the relay's own.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(faulty_sources
  queue/committer.cpp queue/recovery.cpp queue/rocks_store.cpp
  relay/smtp/body.cpp
  relay/inbound/session.cpp
  relay/outbound/aftermath.cpp relay/outbound/connection_slot.cpp relay/outbound/settle.cpp
  relay/outbound/smtp_client.cpp
  relay/app/service.cpp relay/app/store_setup.cpp)
set(faulty_copies)
foreach(source ${faulty_sources})
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/faulty/${source})
  add_custom_command(
    OUTPUT ${copy}
    COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/faults/faulty/edits.py ${source} ${copy}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/faults/faulty/edits.py ${PROJECT_SOURCE_DIR}/${source})
  list(APPEND faulty_copies ${copy})
endforeach()

add_executable(kurir_faulty
  ${PROJECT_SOURCE_DIR}/relay/main.cpp ${faulty_copies}
  faults/faulty/failpoint.cpp faults/faulty/files.cpp faults/faulty/mutant.cpp)
target_link_libraries(kurir_faulty PRIVATE kurir_relay_app)
target_precompile_headers(kurir_faulty REUSE_FROM kurir_asio_pch)
if(KURIR_SANITIZE)  # built when a fault scenario asks for it, which takes long
  set_target_properties(kurir_faulty PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
