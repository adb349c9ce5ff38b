#include "relay/app/suppression_desk.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "metrics/thread_heap.hpp"
#include "relay/app/suppression_notices.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"
#include "relay/suppression/entry_codec.hpp"
#include "relay/suppression/export.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using admin::suppression_failure;
using admin::suppression_refusal;
using suppression::entry;
using suppression::seconds_time;

namespace {

// Orders that are written with one sync, and those that are then carried out while sessions wait.
constexpr std::size_t written_together = 10'000;
constexpr std::size_t changed_together = 500;

constexpr std::size_t page_max = 1000;

seconds_time now() {
    return std::chrono::floor<std::chrono::seconds>(net::calendar_now());
}

suppression_refusal bad(std::string text) {
    return {.failure = suppression_failure::bad_order, .text = std::move(text)};
}

// The order as what an import's entries have by default: all but its address.
admin::suppression_result<suppression::import_defaults> defaults_in(
    const admin::suppression_order& order
) {
    auto tenant = suppression::read_tenant(order.tenant);
    if (!tenant) return bad("The tenant is neither a user nor a domain");
    suppression::import_defaults read{
        .tenant = std::move(*tenant),
        .reason = order.reason,
        .added_by = suppression::plain_text(order.added_by, suppression::longest::name),
        .now = now(),
    };
    if (!order.until.empty()) {
        read.expires_at = suppression::read_time(order.until);
        if (!read.expires_at) return bad("The time is none, such as 2027-01-31");
        if (*read.expires_at <= read.now) return bad("The time is over");
    }
    const entry sample{.subject = "@example.com", .reason = read.reason, .added_by = read.added_by};
    if (auto mistake = mistake_in(sample)) return bad("The order " + *std::move(mistake));
    return read;
}

admin::suppression_result<std::string> subject_in(std::string_view address) {
    auto subject = suppression::read_subject(address);
    if (subject) return std::move(*subject);
    return bad("The address is none: ann@example.com, *@example.com or example.com");
}

void tell(
    const char* order, const entry& about, const std::string& author, const std::string& reason
) {
    log::event(log::level::notice, "admin")
        .with("what", order)
        .with("to", shown_subject(about))
        .with("tenant", about.tenant)
        .with("by", author)
        .with("because", reason)
        .with("until", about.expires_at ? suppression::time_text(*about.expires_at) : "");
}

}  // namespace

suppression_desk::suppression_desk(
    const std::filesystem::path& folder,
    suppression::shared_list& entries,
    metrics::inbound& metrics,
    control::notice_board* board
)
    : entries_(entries), metrics_(metrics), board_(board), file_(folder / "suppressions") {
    asio::post(thread_, metrics::claim_thread_heap);
}

suppression_desk::~suppression_desk() {
    thread_.join();
}

bool suppression_desk::begin() {
    suppression::suppression_list read;
    const auto state = file_.open(read);
    tell_state(state);
    if (state.error || state.of_later_version) return false;
    entries_.write([&read](suppression::suppression_list& list) { list = std::move(read); });
    forget_expired();
    return true;
}

void suppression_desk::tell_state(const suppression::journal_state& state) {
    if (state.error || state.of_later_version) {
        log::event(log::level::error, "lifecycle")
            .with("what", "suppressions_failed")
            .with("file", file_.path().string())
            .with("error", state.error ? state.error.message() : "it is of a later version");
    } else if (state.damaged > 0) {
        metrics_.suppression_save_failures_total.inc();
        log::event(log::level::error, "suppressions")
            .with("what", "damaged")
            .with("file", file_.path().string())
            .with("bytes", state.damaged)
            .with("kept_as", file_.damaged_path().string())
            .with("advice", "compare the list with an export, or import it again");
    }
    if (state.torn > 0) {
        log::event(log::level::notice, "suppressions")
            .with("what", "cut")
            .with("file", file_.path().string())
            .with("bytes", state.torn);
    }
}

void suppression_desk::forget_expired() {
    const auto before = now() - expired_kept;
    const auto size = entries_.write([before](suppression::suppression_list& list) {
        std::ignore = list.remove_expired(before);
        return list.size();
    });
    metrics_.suppression_entries.set(static_cast<double>(size));
}

// Writes them, makes them count, and only then returns; or nothing of it.
std::optional<suppression_refusal> suppression_desk::carry_out(const changes& orders) {
    control::notice_intent intent(board_);
    if (const auto error = write(orders)) {
        return suppression_refusal{
            .failure = suppression_failure::disk,
            .text = "The list can't be written: " + error.message()
        };
    }
    apply(orders);
    if (board_ != nullptr) intent.post(notices_of(orders, now()));
    tidy_up();
    return std::nullopt;
}

std::error_code suppression_desk::write(const changes& orders) {
    std::string records;
    for (const auto& each : orders)
        append_record(records, each);
    const auto error = entries_.read([&](const suppression::suppression_list& list) {
        return file_.append(records, orders.size(), list);
    });
    if (error) {
        metrics_.suppression_save_failures_total.inc();
        log::event(log::level::error, "suppressions")
            .with("what", "save_failed")
            .with("file", file_.path().string())
            .with("error", error.message());
    }
    return error;
}

void suppression_desk::apply(const changes& orders) {
    for (std::span rest(orders); !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), changed_together));
        rest = rest.subspan(some.size());
        const auto size = entries_.write([some](suppression::suppression_list& list) {
            for (const auto& each : some)
                std::ignore = each.apply(list);
            return list.size();
        });
        metrics_.suppression_entries.set(static_cast<double>(size));
    }
}

void suppression_desk::tidy_up() {
    const bool is_old =
        entries_.read([this](const auto& list) { return file_.is_mostly_old(list); });
    if (!is_old) return;
    forget_expired();
    // If it fails, the next append replaces the file.
    std::ignore = entries_.read([this](const auto& list) { return file_.replace(list); });
}

admin::suppression_result<entry> suppression_desk::add_now(const admin::suppression_order& order) {
    auto subject = subject_in(order.address);
    if (!subject) return std::move(subject).error();
    auto defaults = defaults_in(order);
    if (!defaults) return std::move(defaults).error();
    entry made{
        .subject = std::move(*subject),
        .tenant = std::move(defaults->tenant),
        .reason = std::move(defaults->reason),
        .added_by = std::move(defaults->added_by),
        .added_at = defaults->now,
        .expires_at = defaults->expires_at,
    };
    const bool has_room = entries_.read([&made](const suppression::suppression_list& list) {
        return list.size() < list.entries_max || list.at(made.subject, made.tenant);
    });
    if (!has_room) return suppression_refusal{suppression_failure::full, "The list is full"};
    if (auto refused = carry_out({{.what = made}})) return std::move(*refused);
    tell("suppress", made, made.added_by, made.reason);
    return made;
}

admin::suppression_result<entry> suppression_desk::remove_now(
    std::string_view address,
    std::string_view tenant,
    const std::string& removed_by,
    const std::string& because
) {
    auto subject = subject_in(address);
    if (!subject) return std::move(subject).error();
    const auto its_tenant = suppression::read_tenant(tenant);
    if (!its_tenant) return bad("The tenant is neither a user nor a domain");
    auto found = entries_.read([&](const suppression::suppression_list& list) {
        return list.at(*subject, *its_tenant);
    });
    if (!found) {
        return suppression_refusal{suppression_failure::not_found, "There is no such entry"};
    }
    if (auto refused = carry_out({{.what = *found, .removes = true}})) return std::move(*refused);
    tell("unsuppress", *found, removed_by, because);
    return std::move(*found);
}

// Leaves of `wanted` what changes something, and counts.
void suppression_desk::compare(changes& wanted, admin::suppression_import_report& report) const {
    entries_.read([&](const suppression::suppression_list& list) {
        std::erase_if(wanted, [&](const suppression::change& each) {
            const auto known = list.at(each.what.subject, each.what.tenant);
            auto& count = !known                ? report.added
                          : *known == each.what ? report.unchanged
                                                : report.replaced;
            ++count;
            return known == each.what;
        });
        return 0;
    });
}

admin::suppression_result<admin::suppression_import_report> suppression_desk::import_now(
    const admin::suppression_import& order
) {
    const auto defaults = defaults_in(order.defaults);
    if (!defaults) return defaults.error();
    admin::suppression_import_report report;
    std::optional<suppression_refusal> refused;
    changes wanted;
    std::unordered_map<std::string, std::size_t> places;  // in `wanted`, of what a list has twice
    const auto put = [&] {
        compare(wanted, report);
        const auto size = entries_.read([](const auto& list) { return list.size(); });
        if (size + wanted.size() > suppression::suppression_list::entries_max) {
            refused = suppression_refusal{suppression_failure::full, "The list is full"};
        } else if (!order.dry_run && !wanted.empty()) {
            refused = carry_out(wanted);
        }
        wanted.clear();
        places.clear();
    };
    const auto read = read_list(order.text, order.format, *defaults, [&](entry made) {
        if (refused) return;
        auto key = suppression::key_of(made.subject, made.tenant);
        const auto [place, is_new] = places.try_emplace(std::move(key), wanted.size());
        if (!is_new) {
            wanted[place->second].what = std::move(made);
            return;
        }
        wanted.push_back({.what = std::move(made)});
        if (wanted.size() == written_together) put();
    });
    if (!refused) put();
    if (refused) return std::move(*refused);
    report.bad = read.bad;
    report.told = read.told;
    log::event(log::level::notice, "admin")
        .with("what", order.dry_run ? "suppress_import_tried" : "suppress_import")
        .with("added", report.added)
        .with("replaced", report.replaced)
        .with("unchanged", report.unchanged)
        .with("bad", report.bad)
        .with("by", defaults->added_by)
        .with("because", defaults->reason);
    return report;
}

asio::awaitable<suppression::page> suppression_desk::list(
    suppression::filter filter, std::string cursor, std::size_t limit
) {
    co_return co_await net::ask<suppression::page>(
        thread_.get_executor(),
        [this, filter = std::move(filter), cursor = std::move(cursor), limit](auto answer) {
            answer(entries_.read([&](const suppression::suppression_list& entries) {
                const auto size = std::clamp<std::size_t>(limit, 1, page_max);
                return page_of(entries, filter, cursor, size, now());
            }));
        }
    );
}

asio::awaitable<admin::suppression_result<entry>> suppression_desk::add(
    admin::suppression_order order
) {
    co_return co_await net::ask<admin::suppression_result<entry>>(
        thread_.get_executor(),
        [this, order = std::move(order)](auto answer) { answer(add_now(order)); }
    );
}

asio::awaitable<admin::suppression_result<entry>> suppression_desk::remove(
    std::string address, std::string tenant, std::string removed_by, std::string because
) {
    co_return co_await net::ask<admin::suppression_result<entry>>(
        thread_.get_executor(),
        [this,
         address = std::move(address),
         tenant = std::move(tenant),
         removed_by = std::move(removed_by),
         because = std::move(because)](auto answer) {
            answer(remove_now(address, tenant, removed_by, because));
        }
    );
}

asio::awaitable<admin::suppression_result<admin::suppression_import_report>>
suppression_desk::import_list(admin::suppression_import order) {
    co_return co_await net::ask<admin::suppression_result<admin::suppression_import_report>>(
        thread_.get_executor(),
        [this, order = std::move(order)](auto answer) { answer(import_now(order)); }
    );
}

asio::awaitable<suppression::text_piece> suppression_desk::export_from(
    std::string cursor, suppression::list_format format
) {
    co_return co_await net::ask<suppression::text_piece>(
        thread_.get_executor(),
        [this, cursor = std::move(cursor), format](auto answer) {
            answer(entries_.read([&](const suppression::suppression_list& entries) {
                return text_of_list(entries, cursor, format);
            }));
        }
    );
}

}  // namespace kurir::app
