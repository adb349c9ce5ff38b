#include "relay/app/doctor_database.hpp"

#include <string>

#include "queue/postgres/database_url.hpp"
#include "queue/postgres/inspection.hpp"
#include "queue/postgres/options.hpp"
#include "relay/doctor/database.hpp"

namespace kurir::app {

void look_at_database(const config::config& config, const finding_sink& tell) {
    if (config.store != config::queue_store::postgresql) return;
    const auto url = queue::postgres::database_url::parse(config.database_url);
    const auto place = url ? url->place() : std::string("KURIR_DATABASE_URL");
    queue::postgres::options options;
    options.url = config.database_url;
    const auto facts = queue::postgres::inspect(options);
    if (!facts) return tell(doctor::judge_closed_database(place, facts.error().text));
    for (const auto& each : doctor::judge_database(place, *facts))
        tell(each);
}

}  // namespace kurir::app
