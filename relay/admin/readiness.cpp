#include "relay/admin/readiness.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace kurir::admin {

bool is_ready(const readiness& checks) {
    return std::ranges::all_of(checks, [](const check& each) { return each.ok || each.advisory; });
}

std::string json_text(const readiness& checks, bool verbose) {
    boost::json::array all;
    for (const auto& each : checks) {
        if (each.advisory && !verbose) continue;
        boost::json::object check{{"name", each.name}, {"ok", each.ok}};
        if (!each.ok && !each.detail.empty()) check["detail"] = each.detail;
        if (each.advisory) check["advisory"] = true;
        all.push_back(std::move(check));
    }
    return boost::json::serialize(boost::json::object{{"ready", is_ready(checks)}, {"checks", all}}
    );
}

}  // namespace kurir::admin
