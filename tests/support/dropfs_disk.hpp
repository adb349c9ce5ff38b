// A disk of the tests' own, as a process and a power cut see it: what was written is seen at once,
// and is on the disk only after a sync.
//
// Contents: a sync brings the content of one file to the disk. Names: they are committed in order,
// as the journal of ext4 does it; a sync of anything commits all that happened before, or, of a
// strict disk, only a sync of a folder does. A power cut keeps what is on the disk, and of what is
// not as much as its seed says: any number of the latest changes of names, any part of unsynced
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tests::dropfs {

// Parts of a file, [begin, end) each, that do not touch.
class ranges {
public:
    void add(std::uint64_t begin, std::uint64_t end);
    void clip(std::uint64_t size);
    void clear() { parts_.clear(); }

    const std::map<std::uint64_t, std::uint64_t>& parts() const { return parts_; }

private:
    std::map<std::uint64_t, std::uint64_t> parts_;
};

// A file or a folder; its names are in the tree.
struct node {
    bool folder = false;
    unsigned mode = 0;
    std::uint64_t number = 0;
    std::timespec changed{};
    std::string seen{};    // what processes read
    std::string stored{};  // what the disk has
    ranges dirty{};        // what of `seen` the next sync brings there
};

using tree = std::map<std::string, std::shared_ptr<node>, std::less<>>;

// What becomes of bytes that were added to a file and not synced.
enum class tails {
    dropped,
    kept,
    prefix,  // a beginning of any length
    pages,   // any of the pages; the others are zeros
};

// What a failed sync leaves to be read: Linux keeps the pages and takes them for clean, except on
// btrfs, which goes back to what it has. Either way a second sync finds nothing to do.
enum class after_failure { pages_stay, pages_revert };

// Not synchronised. What returns an int returns 0 or an error number, negated.
class disk {
public:
    disk();

    std::shared_ptr<node> find(std::string_view path) const;
    const tree& names() const { return seen_; }

    int make(const std::string& path, unsigned mode, bool folder);
    int remove(const std::string& path, bool folder);
    int rename(const std::string& from, const std::string& to);
    int link(const std::string& from, const std::string& to);

    static void write(node& file, std::string_view data, std::uint64_t offset);
    static void resize(node& file, std::uint64_t size);

    void sync(node& file);
    static void sync_fails(node& file, after_failure consequence);
    void be_strict(bool strict) { strict_ = strict; }

    // What processes see from now on is what survived; what they have open is of no consequence.
    void cut(std::uint64_t seed, tails of_files);

private:
    bool holds_anything(const std::string& folder) const;
    void renamed() { uncommitted_.push_back(seen_); }

    tree seen_;
    tree stored_;
    std::vector<tree> uncommitted_;  // one after each change of names
    bool strict_ = false;
    std::uint64_t last_number_ = 0;
};

}  // namespace tests::dropfs
