#include "relay/watch/file_print.hpp"

#include <fstream>

#include "tests/support/catch.hpp"

using namespace kurir::watch;
namespace fs = std::filesystem;

TEST_CASE("a folder differs when the names in it do", "[watch]") {
    const auto folder = fs::temp_directory_path() / ("kurir-print-" + std::to_string(::getpid()));
    fs::create_directories(folder / "sub");
    const auto print = [&] { return print_of(folder.string()); };
    const auto first = print();
    CHECK(first == print());
    CHECK(first.size == 1);

    std::ofstream(folder / "a") << "text";
    const auto second = print();
    CHECK(second != first);
    std::ofstream(folder / "a") << "other text";
    CHECK(print() == second);  // the file has a print of its own
    fs::rename(folder / "a", folder / "b");
    CHECK(print() != second);
    fs::remove(folder / "b");
    CHECK(print() == first);
    fs::remove_all(folder);
    CHECK(print().error == ENOENT);
}
