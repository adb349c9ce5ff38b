// The result journal: whatever is in the file, its records are found once and written again as they
// were read, and no byte is counted twice.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "queue/postgres/journal_text.hpp"
#include "queue/settlement_codec.hpp"

namespace {

using namespace kurir::queue;
using kurir::queue::postgres::append_framed;
using kurir::queue::postgres::journal_head;
using kurir::queue::postgres::read_journal;

void check(std::string_view file) {
    const auto found = read_journal(file);
    assert(found.damaged + found.torn <= file.size());
    std::string again(journal_head);
    for (const auto& each : found.ends) {
        std::string record;
        encode(each, record);
        append_framed(again, record);
    }
    const auto read = read_journal(again);
    assert(read.damaged == 0 && read.torn == 0 && read.ends.size() == found.ends.size());
    for (std::size_t i = 0; i < read.ends.size(); ++i) {
        assert(read.ends[i].attempted == found.ends[i].attempted);
        assert(read.ends[i].finished == found.ends[i].finished);
        assert(read.ends[i].again == found.ends[i].again);
    }
}

}  // namespace

// As a whole file, and as one record whose checksum is put right: most inputs don't get beyond it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input);
    std::string record(input);
    seal(record);
    std::string file(journal_head);
    append_framed(file, record);
    check(file);
    return 0;
}
