// The file of the list: it survives any end, and damage costs no more than it hit.
#include "relay/suppression/journal.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>

#include "relay/suppression/journal_file.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::suppression;

namespace {

entry numbered(int number) {
    return {.subject = "user" + std::to_string(number) + "@example.com", .reason = "bounce"};
}

std::string record_of(int number) {
    std::string record;
    append_record(record, {.what = numbered(number)});
    return record;
}

// A file with users 0 to `count`, of which user 1 was removed.
std::string file_of(int count) {
    std::string text(journal_head);
    for (int i = 0; i < count; ++i)
        text += record_of(i);
    append_record(text, {.what = numbered(1), .removes = true});
    return text;
}

struct journal_reading {
    suppression_list list{};
    std::uint64_t damaged = 0;
    std::uint64_t good_size = 0;
    std::uint64_t records = 0;
};

journal_reading read(std::string_view text, std::size_t piece) {
    journal_reading result;
    journal_reader reader([&](const change& change) { CHECK(change.apply(result.list)); });
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        reader.feed(text.substr(0, piece));
    reader.end();
    result.damaged = reader.damaged();
    result.good_size = reader.good_size();
    result.records = reader.records();
    return result;
}

class folder {
public:
    folder()
        : path_(
              std::filesystem::temp_directory_path() /
              ("kurir-suppressions-test-" + std::to_string(::getpid()))
          ) {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directory(path_);
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path file() const { return path_ / "suppressions"; }
    void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
    static std::string text_of(const std::filesystem::path& path) {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("A file is read in pieces of any size") {
    const auto text = file_of(5);
    const auto result = read(text, GENERATE(1U, 3U, 64U, 100'000U));
    CHECK(result.list.size() == 4);
    CHECK_FALSE(result.list.at("user1@example.com", ""));
    CHECK(result.damaged == 0);
    CHECK(result.good_size == text.size());
    CHECK(result.records == 6);
}

TEST_CASE("A file that was cut anywhere has all records before the cut") {
    const auto text = file_of(3);
    for (std::size_t size = journal_head.size(); size < text.size(); ++size) {
        CAPTURE(size);
        const auto result = read(std::string_view(text).substr(0, size), 7);
        const auto whole = (size - journal_head.size()) / record_of(0).size();
        CHECK(result.records == std::min<std::size_t>(whole, 3));
        CHECK(result.damaged == 0);
        CHECK(result.good_size == journal_head.size() + result.records * record_of(0).size());
    }
}

TEST_CASE("A byte that was flipped costs one record") {
    const auto text = file_of(4);
    const auto end_of_puts = journal_head.size() + 4 * record_of(0).size();
    for (std::size_t at = journal_head.size(); at < end_of_puts; ++at) {
        CAPTURE(at);
        auto damaged = text;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        const auto result = read(damaged, 50);
        CHECK(result.records == 4);
        CHECK(result.damaged == record_of(0).size());
        CHECK(result.good_size == text.size());
    }
}

TEST_CASE("A file keeps what was appended, and is made if there is none") {
    const folder folder;
    suppression_list list;
    journal_file file(folder.file());
    const auto made = file.open(list);
    CHECK_FALSE(made.error);
    CHECK(folder::text_of(folder.file()) == journal_head);
    CHECK_FALSE(file.append(record_of(1) + record_of(2), 2, list));

    suppression_list again;
    journal_file reopened(folder.file());
    const auto state = reopened.open(again);
    CHECK_FALSE(state.error);
    CHECK(state.records == 2);
    CHECK(state.torn + state.damaged == 0);
    CHECK(again.size() == 2);
}

TEST_CASE("A torn end is cut off, and the file goes on from there") {
    const folder folder;
    const auto whole = file_of(3);
    folder.write(whole + record_of(7).substr(0, 20));
    suppression_list list;
    journal_file file(folder.file());
    const auto state = file.open(list);
    CHECK(state.torn == 20);
    CHECK(state.damaged == 0);
    CHECK(folder::text_of(folder.file()) == whole);
    CHECK_FALSE(file.append(record_of(8), 1, list));
    CHECK(folder::text_of(folder.file()) == whole + record_of(8));
    CHECK_FALSE(std::filesystem::exists(file.damaged_path()));
}

TEST_CASE("A damaged file is kept aside, and replaced by what could be read") {
    const folder folder;
    auto text = file_of(3);
    if (GENERATE(true, false)) {
        text.replace(journal_head.size() + 3, 4, "oops");
    } else {
        text.replace(0, 5, "other");  // its head
    }
    folder.write(text);
    suppression_list list;
    journal_file file(folder.file());
    const auto state = file.open(list);
    CHECK_FALSE(state.error);
    CHECK(state.damaged > 0);
    CHECK(folder::text_of(file.damaged_path()) == text);
    suppression_list again;
    CHECK(journal_file(folder.file()).open(again).damaged == 0);
    CHECK(again.size() == list.size());
    CHECK(list.at("user2@example.com", ""));
}

TEST_CASE("A file of a later version is left as it is") {
    const folder folder;
    const std::string text = "kurir-suppressions 2\nsomething that we don't know";
    folder.write(text);
    suppression_list list;
    journal_file file(folder.file());
    CHECK(file.open(list).of_later_version);
    CHECK(folder::text_of(folder.file()) == text);
}

TEST_CASE("After a failed write the file is replaced before it goes on") {
    const folder folder;
    suppression_list list;
    journal_file file(folder.file());
    REQUIRE_FALSE(file.open(list).error);
    REQUIRE(list.put(numbered(1)));
    // It can't be replaced: a folder is in its place.
    std::filesystem::remove(folder.file());
    std::filesystem::create_directories(folder.file() / "x");
    CHECK(file.replace(list));
    CHECK(file.append(record_of(2), 1, list));
    std::filesystem::remove_all(folder.file());
    CHECK_FALSE(file.append(record_of(2), 1, list));
    suppression_list again;
    CHECK(journal_file(folder.file()).open(again).records == 2);
}

TEST_CASE("A file that is mostly about what is gone can be replaced by a short one") {
    const folder folder;
    suppression_list list;
    journal_file file(folder.file());
    REQUIRE_FALSE(file.open(list).error);
    REQUIRE(list.put(numbered(1)));
    const auto put = record_of(1);
    std::string many;
    for (int i = 0; i < 10'001; ++i)
        many += put;
    CHECK_FALSE(file.append(many, 10'000, list));
    CHECK_FALSE(file.is_mostly_old(list));
    CHECK_FALSE(file.append(put, 1, list));
    CHECK(file.is_mostly_old(list));
    CHECK_FALSE(file.replace(list));
    CHECK_FALSE(file.is_mostly_old(list));
    CHECK(folder::text_of(folder.file()) == std::string(journal_head) + put);
}
