// Refresh tokens on the disk.
#include "relay/oauth/refresh_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"

using namespace kurir::oauth;

namespace {

struct folder {
    folder() {
        std::string name = std::filesystem::temp_directory_path() / "kurir-oauth-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

const token_client client{
    .url = "https://login.example/", .client_id = "id", .refresh_token = "first"
};

std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a refresh token is kept, for its client alone", "[oauth]") {
    const folder place;
    const refresh_store store(place.path);
    CHECK(store.find("ses", client).empty());
    CHECK(store.keep("ses", client, "second").empty());
    CHECK(store.find("ses", client) == "second");
    CHECK(store.keep("ses", client, "third").empty());
    CHECK(refresh_store(place.path).find("ses", client) == "third");
    CHECK(store.find("other", client).empty());

    auto other = client;
    SECTION("another refresh token was configured") {
        other.refresh_token = "new";
    }
    SECTION("another client") {
        other.client_id = "new";
    }
    SECTION("another server") {
        other.url = "https://other.example/";
    }
    CHECK(store.find("ses", other).empty());
}

TEST_CASE("only its owner can read the file, which tells nothing else", "[oauth]") {
    const folder place;
    const refresh_store store(place.path);
    const auto before = ::umask(0);
    CHECK(store.keep("ses", client, "second").empty());
    ::umask(before);
    struct stat found{};
    REQUIRE(::stat(store.path_of("ses").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    CHECK(content(store.path_of("ses")).find("first") == std::string::npos);
    CHECK(std::distance(std::filesystem::directory_iterator(place.path), {}) == 1);
}

TEST_CASE("a file that is none is as if there were none", "[oauth]") {
    const folder place;
    const refresh_store store(place.path);
    CHECK(store.keep("ses", client, "second").empty());
    const auto whole = content(store.path_of("ses"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::ofstream(store.path_of("ses")) << whole.substr(0, size);
        CHECK(store.find("ses", client).empty());
    }
    std::ofstream(store.path_of("ses")) << R"({"for":7,"refresh_token":[]})";
    CHECK(store.find("ses", client).empty());
}

TEST_CASE("a link in its place is neither followed nor written through", "[oauth]") {
    const folder place;
    const refresh_store store(place.path);
    const auto other = place.path / "other";
    std::ofstream(other) << "mine";
    std::filesystem::create_symlink(other, store.path_of("ses"));
    CHECK(store.find("ses", client).empty());
    std::filesystem::create_symlink(other, store.path_of("ses").string() + ".new");
    CHECK(store.keep("ses", client, "second").empty());
    CHECK(store.find("ses", client) == "second");
    CHECK(content(other) == "mine");
}

TEST_CASE("what can't be written is told", "[oauth]") {
    const folder place;
    const refresh_store store(place.path / "missing");
    CHECK_FALSE(store.keep("ses", client, "second").empty());
}
