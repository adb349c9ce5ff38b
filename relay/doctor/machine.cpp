#include "relay/doctor/machine.hpp"

#include "relay/base/utc.hpp"

namespace kurir::doctor {

namespace {

using std::chrono::days;

constexpr auto renewal_time = days(14);
constexpr auto jitter = std::chrono::minutes(1);
constexpr std::uint64_t few_files = 10'000;
constexpr std::uint64_t mebibyte = 1024UL * 1024;

std::string in_mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
}

std::string day_of(sys_seconds time) {
    return base::utc_text(time).substr(0, 10);
}

}  // namespace

finding judge_certificate(
    const certificate_facts& facts, const std::string& hostname, sys_seconds now
) {
    finding made{.check = "certificate", .subject = facts.file, .found = ""};
    const auto left = std::chrono::floor<days>(facts.valid_until - now).count();
    if (now >= facts.valid_until) {
        made.grade = grade::wrong;
        made.found = "has expired on " + day_of(facts.valid_until);
        made.advice = "renew it; clients that check it don't send";
        return made;
    }
    if (now < facts.valid_from) {
        made.grade = grade::wrong;
        made.found = "is not valid before " + base::utc_text(facts.valid_from);
        made.advice = "is the clock right? Otherwise take another one until then";
        return made;
    }
    made.found = "for " + (facts.name.empty() ? "no name" : facts.name) + ", valid until " +
                 day_of(facts.valid_until) + ", " + std::to_string(left) + " days";
    if (facts.valid_until - now < renewal_time) {
        made.grade = grade::warning;
        made.advice = "renew it; the file is read again when it changes";
    } else if (!facts.has_hostname) {
        made.grade = grade::warning;
        made.found += "; not for " + hostname;
        made.advice = "let clients connect by a name that is in it, or get one for " + hostname;
    }
    return made;
}

finding judge_disk(const disk_facts& facts, std::uint64_t min_free, std::uint64_t message_max) {
    finding made{.check = "disk", .subject = facts.folder, .found = ""};
    if (!facts.trouble.empty()) {
        made.grade = grade::wrong;
        made.found = facts.trouble;
        made.advice = "let the user of the relay own the folder (chown), or set KURIR_QUEUE_DIR";
        return made;
    }
    made.found = "can be written, " + in_mebibytes(facts.free) + " of " + in_mebibytes(facts.size) +
                 " are free";
    if (facts.free < min_free) {
        made.grade = grade::wrong;
        made.found += ", less than KURIR_QUEUE_MIN_FREE (" + in_mebibytes(min_free) +
                      "): no mail is accepted";
        made.advice = "make room, take a larger disk, or lower KURIR_QUEUE_MIN_FREE";
    } else if (facts.free - min_free < 10 * message_max) {
        made.grade = grade::warning;
        made.found +=
            ": above KURIR_QUEUE_MIN_FREE there is no room for ten messages of "
            "KURIR_MAX_MESSAGE_SIZE";
        made.advice = "make room or take a larger disk";
    } else if (facts.free_files && *facts.free_files < few_files) {
        made.grade = grade::warning;
        made.found += ", but only " + std::to_string(*facts.free_files) + " files (inodes)";
        made.advice = "remove files, or make a file system with more inodes";
    }
    return made;
}

finding judge_clock(const clock_facts& facts) {
    finding made{.check = "clock", .subject = "", .found = "it is " + base::utc_text(facts.now)};
    if (facts.now + jitter < facts.built) {
        made.grade = grade::wrong;
        made.found += ", before the program was built (" + base::utc_text(facts.built) + ")";
    } else if (facts.newest && facts.now + jitter < *facts.newest) {
        made.grade = grade::wrong;
        made.found += ", before the queue was last written (" + base::utc_text(*facts.newest) + ")";
    } else if (facts.synchronized && !*facts.synchronized) {
        made.grade = grade::warning;
        made.found += "; the kernel says that nothing keeps it right";
        made.advice =
            "run an NTP client (systemd-timesyncd, chrony) on this machine: signatures, "
            "certificates, tokens and the Date of mail depend on the clock";
        return made;
    } else if (facts.synchronized) {
        made.found += ", kept by NTP";
        return made;
    } else {
        return made;
    }
    made.advice = "set the clock; an NTP client keeps it right";
    return made;
}

finding judge_descriptors(std::uint64_t limit, std::uint64_t wanted, std::size_t deliveries) {
    finding made{.check = "descriptors", .subject = "", .found = ""};
    made.found = "the limit is " + std::to_string(limit) + ", the settings may need " +
                 std::to_string(wanted);
    if (limit >= wanted) return made;
    made.grade = grade::warning;
    made.found += "; so there will be " + std::to_string(deliveries) + " deliveries at a time";
    made.advice =
        "raise nofile (LimitNOFILE=, ulimit -n), or lower KURIR_MAX_SESSIONS or "
        "KURIR_DELIVERY_WORKERS";
    return made;
}

}  // namespace kurir::doctor
