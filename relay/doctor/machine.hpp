// What the relay needs of the machine that it runs on: certificate, disk, clock, descriptors. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "relay/doctor/finding.hpp"

namespace kurir::doctor {

using std::chrono::sys_seconds;

struct certificate_facts {
    std::string file;
    std::string name;  // that it is for; empty: it names none
    bool has_hostname = false;
    sys_seconds valid_from;
    sys_seconds valid_until;
};

// `hostname`: KURIR_HOSTNAME.
finding judge_certificate(
    const certificate_facts& facts, const std::string& hostname, sys_seconds now
);

struct disk_facts {
    std::string folder;
    std::string trouble = {};  // why it can't be written, as the end of a sentence; empty: it can
    std::uint64_t size = 0;    // bytes of its file system
    std::uint64_t free = 0;    // bytes that we may fill
    std::optional<std::uint64_t> free_files = {};  // nothing: the file system has no such limit
};

// `min_free`: KURIR_QUEUE_MIN_FREE, below which no mail is accepted. `message_max`: of one message.
finding judge_disk(const disk_facts& facts, std::uint64_t min_free, std::uint64_t message_max);

struct clock_facts {
    sys_seconds now;
    sys_seconds built;                       // when the program was written to the disk
    std::optional<sys_seconds> newest = {};  // file of the queue
    // What the kernel says; nothing: it does not tell us.
    std::optional<bool> synchronized = {};
};

finding judge_clock(const clock_facts& facts);

// `limit`: of open files. `wanted`: by the settings. `deliveries`: at a time, with this limit.
finding judge_descriptors(std::uint64_t limit, std::uint64_t wanted, std::size_t deliveries);

}  // namespace kurir::doctor
