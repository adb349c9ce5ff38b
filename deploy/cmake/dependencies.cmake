# Debian 12's packages, and nothing else (`deploy/packages` lists them).

find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(RocksDB REQUIRED)
find_package(mimalloc REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(crypt REQUIRED IMPORTED_TARGET libxcrypt)
pkg_check_modules(idn REQUIRED IMPORTED_TARGET libidn)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)

# Asio and Beast are compiled once, here, instead of in every file that includes them.
add_library(kurir_asio STATIC deploy/cmake/asio.cpp)
target_compile_definitions(kurir_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_DATE_TIME)
target_link_libraries(kurir_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
target_include_directories(kurir_asio PUBLIC ${PROJECT_SOURCE_DIR})
