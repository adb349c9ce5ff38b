// dropfs: a file system for tests, in memory, which forgets at a power cut what was not synced.
//
//     dropfs FOLDER
//
// mounts itself there and reads commands from its standard input, a line each; each is answered by
// a line, "ok ..." or "error ...". It unmounts and ends with its input.
//
//     fail OPERATION ERROR PATTERN NTH TIMES   read, write or sync; EIO or ENOSPC; of a path; from
//     the
//                                              NTH on, so many TIMES
//     after_failure pages_stay|pages_revert    what is read after a failed sync
//     delay OPERATION MILLISECONDS             each takes that long
//     lie                                      syncs answer and do nothing
//     strict                                   only a sync of a folder commits names
//     clear                                    none of the above
//     outage                                   power fails: operations wait
//     outage OPERATION NTH before|after        the same at the NTH from now on
//     cut SEED dropped|kept|prefix|pages       what is left after the outage, and power again
//     figures                                  operations so far, and whether there is power
//
// Operations that wait for power end with EIO at the cut; whoever made them must have been killed.
#define FUSE_USE_VERSION 31

#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/dropfs_disk.hpp"
#include "tests/support/dropfs_faults.hpp"

namespace {

using namespace tests::dropfs;

constexpr std::uint64_t block = 4096;
constexpr std::uint64_t blocks = 1ULL << 20;

std::mutex guard;  // of all below
disk the_disk;
faults the_faults;
after_failure of_failed_syncs = after_failure::pages_stay;

struct handle {
    std::shared_ptr<node> file;
    std::string path;
};

handle& handle_of(fuse_file_info* info) {
    return *reinterpret_cast<handle*>(info->fh);
}

// An operation: with the lock, after its fault, its work, and the fault at its end.
template <typename Work>
int act(operation kind, const std::string& path, Work work) {
    faults::lock held(guard);
    if (const int error = the_faults.begin(held, kind, path); error != 0) return -error;
    const int result = work();
    const int error = the_faults.end(held, kind);
    return error == 0 ? result : -error;
}

int get_attributes(const char* path, struct stat* status, fuse_file_info* info) {
    return act(operation::other, path == nullptr ? "" : path, [&] {
        const auto found = info != nullptr ? handle_of(info).file : the_disk.find(path);
        if (!found) return -ENOENT;
        *status = {};
        status->st_ino = found->number;
        status->st_mode = found->mode | (found->folder ? S_IFDIR : S_IFREG);
        status->st_nlink = found->folder ? 2 : 1;
        status->st_uid = ::geteuid();
        status->st_gid = ::getegid();
        status->st_size = static_cast<off_t>(found->seen.size());
        status->st_blocks = static_cast<blkcnt_t>((found->seen.size() + 511) / 512);
        status->st_mtim = status->st_ctim = status->st_atim = found->changed;
        return 0;
    });
}

int open_any(const char* path, fuse_file_info* info) {
    auto found = the_disk.find(path);
    if (!found) return -ENOENT;
    info->fh = reinterpret_cast<std::uint64_t>(new handle{std::move(found), path});
    return 0;
}

int open_file(const char* path, fuse_file_info* info) {
    return act(operation::other, path, [&] {
        const int result = open_any(path, info);
        if (result == 0 && (info->flags & O_TRUNC) != 0) disk::resize(*handle_of(info).file, 0);
        return result;
    });
}

int open_folder(const char* path, fuse_file_info* info) {
    return act(operation::other, path, [&] { return open_any(path, info); });
}

int create_file(const char* path, mode_t mode, fuse_file_info* info) {
    return act(operation::other, path, [&] {
        const int result = the_disk.make(path, mode, false);
        return result == 0 ? open_any(path, info) : result;
    });
}

int close_any(const char* /*path*/, fuse_file_info* info) {
    const std::lock_guard held(guard);
    delete &handle_of(info);
    return 0;
}

int read_file(
    const char* /*path*/, char* buffer, std::size_t size, off_t offset, fuse_file_info* info
) {
    const auto& file = handle_of(info);
    return act(operation::read, file.path, [&] {
        const auto& content = file.file->seen;
        const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
        const auto count = std::min(size, content.size() - begin);
        std::memcpy(buffer, content.data() + begin, count);
        return static_cast<int>(count);
    });
}

int write_file(
    const char* /*path*/, const char* data, std::size_t size, off_t offset, fuse_file_info* info
) {
    const auto& file = handle_of(info);
    const std::string_view all(data, size);
    const auto at = static_cast<std::uint64_t>(offset);
    const int result = act(operation::write, file.path, [&] {
        disk::write(*file.file, all, at);
        return static_cast<int>(size);
    });
    if (result == -ENOSPC) {  // the beginning still fitted in
        const std::lock_guard held(guard);
        disk::write(*file.file, all.substr(0, size / 2), at);
    }
    return result;
}

int sync_any(const char* /*path*/, int /*data_only*/, fuse_file_info* info) {
    const auto& file = handle_of(info);
    const int result = act(operation::sync, file.path, [&] {
        if (!the_faults.lies()) the_disk.sync(*file.file);
        return 0;
    });
    if (result != 0) {
        const std::lock_guard held(guard);
        disk::sync_fails(*file.file, of_failed_syncs);
    }
    return result;
}

int truncate_file(const char* path, off_t size, fuse_file_info* info) {
    return act(operation::other, path == nullptr ? "" : path, [&] {
        const auto found = info != nullptr ? handle_of(info).file : the_disk.find(path);
        if (!found) return -ENOENT;
        disk::resize(*found, static_cast<std::uint64_t>(size));
        return 0;
    });
}

// Room is plenty: only what becomes longer by it is of interest.
int allocate(const char* /*path*/, int mode, off_t offset, off_t length, fuse_file_info* info) {
    if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0) return -EOPNOTSUPP;
    const auto& file = handle_of(info);
    return act(operation::other, file.path, [&] {
        const auto end = static_cast<std::uint64_t>(offset + length);
        if (mode == 0 && file.file->seen.size() < end) disk::resize(*file.file, end);
        return 0;
    });
}

int make_folder(const char* path, mode_t mode) {
    return act(operation::other, path, [&] { return the_disk.make(path, mode, true); });
}

int remove_file(const char* path) {
    return act(operation::other, path, [&] { return the_disk.remove(path, false); });
}

int remove_folder(const char* path) {
    return act(operation::other, path, [&] { return the_disk.remove(path, true); });
}

int rename_any(const char* from, const char* to, unsigned flags) {
    if (flags != 0) return -EINVAL;
    return act(operation::other, from, [&] { return the_disk.rename(from, to); });
}

int link_file(const char* from, const char* to) {
    return act(operation::other, from, [&] { return the_disk.link(from, to); });
}

int change_mode(const char* path, mode_t mode, fuse_file_info* /*info*/) {
    return act(operation::other, path, [&] {
        const auto found = the_disk.find(path);
        if (found) found->mode = mode & 07777;
        return found ? 0 : -ENOENT;
    });
}

int change_nothing(const char* /*path*/, const timespec* /*times*/, fuse_file_info* /*info*/) {
    return 0;
}

int list_folder(
    const char* /*path*/,
    void* buffer,
    fuse_fill_dir_t fill,
    off_t /*offset*/,
    fuse_file_info* info,
    fuse_readdir_flags /*flags*/
) {
    const auto& folder = handle_of(info).path;
    const auto start = folder == "/" ? folder : folder + "/";
    return act(operation::other, folder, [&] {
        fill(buffer, ".", nullptr, 0, fuse_fill_dir_flags{});
        fill(buffer, "..", nullptr, 0, fuse_fill_dir_flags{});
        for (const auto& [path, what] : the_disk.names()) {
            if (path.size() <= start.size() || !path.starts_with(start)) continue;
            const auto name = path.substr(start.size());
            if (name.find('/') != std::string::npos) continue;
            fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
        }
        return 0;
    });
}

int room(const char* path, struct statvfs* status) {
    return act(operation::other, path, [&] {
        *status = {};
        status->f_bsize = status->f_frsize = block;
        status->f_blocks = status->f_bfree = status->f_bavail = blocks;
        status->f_files = status->f_ffree = status->f_favail = blocks;
        status->f_namemax = 255;
        return 0;
    });
}

// Nothing stays in the kernel's caches: what processes see after a cut must come from here.
void* begin(fuse_conn_info* /*connection*/, fuse_config* config) {
    config->direct_io = 1;
    config->hard_remove = 1;
    config->nullpath_ok = 1;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    return nullptr;
}

fuse_operations operations() {
    fuse_operations all{};
    all.init = begin;
    all.getattr = get_attributes;
    all.open = open_file;
    all.opendir = open_folder;
    all.create = create_file;
    all.release = close_any;
    all.releasedir = close_any;
    all.read = read_file;
    all.write = write_file;
    all.fsync = sync_any;
    all.fsyncdir = sync_any;
    all.truncate = truncate_file;
    all.fallocate = allocate;
    all.mkdir = make_folder;
    all.unlink = remove_file;
    all.rmdir = remove_folder;
    all.rename = rename_any;
    all.link = link_file;
    all.chmod = change_mode;
    all.utimens = change_nothing;
    all.readdir = list_folder;
    all.statfs = room;
    return all;
}

// The words of a command; a word that is none of those expected makes the stream fail.
template <typename Value>
void choose(std::istream& words, Value& value, const std::map<std::string, Value>& choices) {
    std::string word;
    words >> word;
    const auto found = choices.find(word);
    if (found == choices.end()) {
        words.setstate(std::ios::failbit);
    } else {
        value = found->second;
    }
}

void choose(std::istream& words, operation& kind) {
    choose(
        words,
        kind,
        {{"read", operation::read}, {"write", operation::write}, {"sync", operation::sync}}
    );
}

void add_failure(std::istream& words) {
    failure added;
    choose(words, added.kind);
    choose(words, added.error, {{"EIO", EIO}, {"ENOSPC", ENOSPC}});
    if (words >> added.files >> added.nth >> added.times) the_faults.add(added);
}

void add_outage(std::istream& words) {
    if ((words >> std::ws).eof()) {
        words.clear();
        the_faults.power_fails();
        return;
    }
    outage added;
    choose(words, added.at);
    words >> added.nth;
    choose(words, added.after, {{"before", false}, {"after", true}});
    if (words) the_faults.add(added);
}

void add_delay(std::istream& words) {
    operation kind{};
    std::uint64_t milliseconds = 0;
    choose(words, kind);
    if (words >> milliseconds) the_faults.delay(kind, std::chrono::milliseconds(milliseconds));
}

void cut(std::istream& words) {
    std::uint64_t seed = 0;
    tails of_files{};
    words >> seed;
    choose(
        words,
        of_files,
        {{"dropped", tails::dropped},
         {"kept", tails::kept},
         {"prefix", tails::prefix},
         {"pages", tails::pages}}
    );
    if (!words) return;
    the_disk.cut(seed, of_files);
    the_faults.power_returns();
}

std::string obey(const std::string& command) {
    std::istringstream words(command);
    std::string verb;
    words >> verb;
    const std::lock_guard held(guard);
    if (verb == "figures") return "ok " + the_faults.figures();
    if (verb == "fail") {
        add_failure(words);
    } else if (verb == "after_failure") {
        choose(
            words,
            of_failed_syncs,
            {{"pages_stay", after_failure::pages_stay},
             {"pages_revert", after_failure::pages_revert}}
        );
    } else if (verb == "delay") {
        add_delay(words);
    } else if (verb == "lie") {
        the_faults.lie(true);
    } else if (verb == "strict") {
        the_disk.be_strict(true);
    } else if (verb == "clear") {
        the_faults.clear();
        the_disk.be_strict(false);
        of_failed_syncs = after_failure::pages_stay;
    } else if (verb == "outage") {
        add_outage(words);
    } else if (verb == "cut") {
        cut(words);
    } else {
        words.setstate(std::ios::failbit);
    }
    return words ? "ok" : "error " + command;
}

// The test has ended, or died: nobody needs these files any more.
void obey_until_the_end() {
    for (std::string command; std::getline(std::cin, command);) {
        std::cout << obey(command) << std::endl;
    }
    {
        const std::lock_guard held(guard);
        the_faults.power_returns();
    }
    ::kill(::getpid(), SIGTERM);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: dropfs FOLDER\n";
        return 64;
    }
    std::string words[] = {"dropfs", arguments[1], "-f", "-o", "fsname=dropfs,max_idle_threads=10"};
    std::vector<char*> options;
    for (auto& word : words)
        options.push_back(word.data());
    const auto all = operations();
    std::thread(obey_until_the_end).detach();
    return fuse_main(static_cast<int>(options.size()), options.data(), &all, nullptr);
}
