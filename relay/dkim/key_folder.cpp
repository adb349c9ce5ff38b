#include "relay/dkim/key_folder.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace kurir::dkim {

namespace {

bool has_wish(const key_wishes& wishes, const key_place& place) {
    if (wishes.domains.empty()) return true;
    return std::ranges::any_of(wishes.domains, [&](const domain_wish& each) {
        return each.domain == place.domain &&
               (each.selector.empty() || place.selector.empty() || each.selector == place.selector);
    });
}

// For a file that names none.
std::string selector_for(const std::string& domain, const key_wishes& wishes) {
    for (const auto& each : wishes.domains) {
        if (each.domain == domain && !each.selector.empty()) return each.selector;
    }
    return std::string(wishes.selector.empty() ? usual_selector : wishes.selector);
}

class reading {
public:
    explicit reading(const key_wishes& wishes) : wishes_(wishes) {}

    void read(const std::string& path, const key_reader& reader) {
        auto place = place_of(path);
        if (!place) return complain(path, place.error());
        if (!has_wish(wishes_, *place)) return;
        if (place->selector.empty()) place->selector = selector_for(place->domain, wishes_);
        const auto text = reader(path);
        if (!text) return complain(path, text.error());
        if (text->exposed) {
            return complain(path, "is a key that every user of the machine can read; chmod o= it");
        }
        auto key = signing_key::read(text->text);
        if (!key) return complain(path, key.error());
        if (key->is_short()) warn_of(path, key->bits());
        auto& domain = keys_[place->domain];
        domain.push_back({.place = std::move(*place), .key = std::move(*key), .file = path});
    }

    key_folder finish() {
        std::vector<domain_key> all;
        for (const auto& [domain, keys] : keys_) {
            for (const auto& each : keys) {
                complain_of_rivals(keys, each);
                all.push_back(each);
            }
        }
        complain_of_missing();
        read_.ring = key_ring(std::move(all), wishes_.selector);
        return std::move(read_);
    }

private:
    void complain(const std::string& subject, std::string text) {
        read_.mistakes.push_back({subject, std::move(text)});
    }

    void warn_of(const std::string& path, int bits) {
        read_.warnings.push_back(
            {path,
             "is an RSA key of " + std::to_string(bits) + " bits; receivers want " +
                 std::to_string(rsa_bits_good)}
        );
    }

    // Keys of which nobody says which one signs: the wrong one may not be published.
    bool are_rivals(const domain_key& first, const domain_key& second) const {
        return first.key.kind() == second.key.kind() && first.place.begin == second.place.begin;
    }

    // Of two of them neither signs if a third one is chosen.
    bool is_settled(const std::vector<domain_key>& keys, const domain_key& rival) const {
        return std::ranges::any_of(keys, [&](const domain_key& each) {
            return each.place.selector == wishes_.selector && are_rivals(each, rival);
        });
    }

    void complain_of_rivals(const std::vector<domain_key>& keys, const domain_key& late) {
        for (const auto& early : keys) {
            if (&early == &late) return;
            if (early.place.selector == late.place.selector) {
                return complain(
                    late.file, "is of the same domain and selector as '" + early.file + "'"
                );
            }
            if (are_rivals(early, late) && !is_settled(keys, late)) {
                return complain(
                    late.file,
                    "begins with '" + early.file + "', an " +
                        std::string(text_of(early.key.kind())) +
                        " key, too: name the selector that signs, or give one a date "
                        "(SELECTOR.from-YYYY-MM-DD.pem)"
                );
            }
        }
    }

    // A file with a mistake is one complaint, not two.
    void complain_of_missing() {
        if (!read_.mistakes.empty()) return;
        for (const auto& wish : wishes_.domains) {
            const auto& keys = keys_[wish.domain];
            const bool found = std::ranges::any_of(keys, [&](const domain_key& each) {
                return wish.selector.empty() || wish.selector == each.place.selector;
            });
            if (found) continue;
            const auto name = wish.selector.empty() ? std::string("SELECTOR") : wish.selector;
            complain(
                wish.domain,
                "has no key: neither " + wish.domain + "/" + name + ".pem nor " + wish.domain +
                    ".pem is there"
            );
        }
    }

    const key_wishes& wishes_;
    std::map<std::string, std::vector<domain_key>> keys_;  // by domain
    key_folder read_;
};

}  // namespace

key_folder read_keys(
    std::vector<std::string> paths, const key_reader& reader, const key_wishes& wishes
) {
    std::ranges::sort(paths);
    reading all(wishes);
    for (const auto& path : paths) {
        if (is_key_file(path)) all.read(path, reader);
    }
    return all.finish();
}

}  // namespace kurir::dkim
