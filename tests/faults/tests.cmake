# kurir_faulty: the relay once more, for the fault scenarios, with failpoints (queue/failpoint.hpp) and
# mutants. Only the sources that have one are compiled again, from copies that faulty/edits.py makes;
# everything else is the relay's own.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(GLOB ignored CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/queue/*.cpp
     ${PROJECT_SOURCE_DIR}/queue/rocks/*.cpp ${PROJECT_SOURCE_DIR}/queue/postgres/*.cpp
     ${PROJECT_SOURCE_DIR}/relay/*/*.cpp)
set(edits ${CMAKE_CURRENT_SOURCE_DIR}/faults/faulty/edits.py)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${edits})
execute_process(COMMAND ${Python3_EXECUTABLE} -B ${edits} --sources
                WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE faulty_sources
                COMMAND_ERROR_IS_FATAL ANY)
set(faulty_copies)
foreach(source ${faulty_sources})
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/faulty/${source})
  add_custom_command(
    OUTPUT ${copy}
    COMMAND ${Python3_EXECUTABLE} -B ${edits} ${source} ${copy}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DEPENDS ${edits} ${PROJECT_SOURCE_DIR}/${source})
  list(APPEND faulty_copies ${copy})
  # In the relay's own libraries an object of its own, which the linker leaves out for the copy.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/${source} TARGET_DIRECTORY kurir
                              PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endforeach()

add_executable(kurir_faulty
  ${PROJECT_SOURCE_DIR}/relay/main.cpp ${faulty_copies}
  faults/faulty/failpoint.cpp faults/faulty/files.cpp faults/faulty/mutant.cpp faults/faulty/order.cpp)
target_link_libraries(kurir_faulty PRIVATE kurir_relay_app)
target_precompile_headers(kurir_faulty REUSE_FROM kurir_asio_pch)
set_target_properties(kurir_faulty PROPERTIES UNITY_BUILD OFF)  # its sources are of many folders
if(KURIR_SANITIZE)  # built when a fault scenario asks for it, which takes long
  set_target_properties(kurir_faulty PROPERTIES EXCLUDE_FROM_ALL ON)
endif()

# dropfs: the file system that forgets at a power cut what was not synced (tests/support/dropfs.py).
find_package(PkgConfig REQUIRED)
pkg_check_modules(FUSE3 REQUIRED IMPORTED_TARGET fuse3)
add_executable(dropfs support/dropfs.cpp support/dropfs_disk.cpp support/dropfs_faults.cpp)
target_link_libraries(dropfs PRIVATE kurir_options PkgConfig::FUSE3)
