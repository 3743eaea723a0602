#include "plots.hpp"

#include <algorithm>

#include "plot_scripts.hpp"

namespace fxp::compare {

std::vector<PlotScript> plot_scripts(const Run& a, const Run& b, const Comparison& comparison) {
    std::vector<PlotScript> scripts{{plot_stems[0], accuracy_script(a, b)},
                                    {plot_stems[1], loss_script(a, b)},
                                    {plot_stems[2], confusion_script(a, b, comparison)},
                                    {plot_stems[3], divergence_script(a, b, comparison)}};
    scripts.erase(std::remove_if(scripts.begin(), scripts.end(), [](const auto& s) { return s.text.empty(); }),
                  scripts.end());
    return scripts;
}

} // namespace fxp::compare
