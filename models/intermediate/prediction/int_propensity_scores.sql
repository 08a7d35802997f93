{#-
  One row per target and person of its population today, with consent to personalisation: the
  probability by the model that is published, and the three inputs that move it most (number of the
  input, sign, and the number to tell; null where it is not known).
-#}
{%- set inputs = propensity_inputs() | list -%}
{%- set themes = propensity_themes() | list -%}
{#- what a year without orders says of, and what somebody who never ordered lacks besides -#}
{%- set of_orders = ['basket', 'store_share', 'discount_share', 'return_share'] -%}
{%- set of_buyers = of_orders + ['orders_365d', 'season', 'own_orders'] -%}
{%- set never = 'input_' ~ (inputs.index('silence') + 1) ~ ' is null' -%}
{%- set quiet = 'input_' ~ (inputs.index('orders_365d') + 1) ~ ' = 0' -%}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role = 'score' and has_personalisation_consent

),

models as (

    select * from {{ ref('int_propensity_models') }}

),

choice as (

    select * from {{ ref('int_propensity_choice') }}

),

shifts as (

    select * from {{ ref('int_propensity_shifts') }}

),

baselines as (

    select * from {{ ref('int_propensity_baselines') }}

),

baseline_shifts as (

    select * from {{ ref('int_propensity_baseline_shifts') }}

),

-- 1. the model: log-odds, and each theme's part of them
modelled as (

    select
        examples.*,
        {{ propensity_logit() }} as exact_logit,
        shifts.knot,
        shifts.level,
        shifts.slope,
        shifts.bend
        {%- for theme in themes %},
        {{ propensity_contribution(theme) }} as own_part_{{ loop.index }}
        {%- endfor %}
    from examples
    inner join choice
        on
            examples.fit_no = choice.fit_no
            and choice.model_used = 'logistic'
    inner join models on examples.fit_no = models.fit_no
    left join shifts on examples.fit_no = shifts.fit_no

),

-- 2. an absence is told once: never ordered, or nothing in a year
folded as (

    select
        fit_no,
        person_no,
        exact_logit,
        knot,
        level,
        slope,
        bend
        {%- for theme in themes %},
        input_{{ inputs.index(theme) + 1 }},
        {%- if theme == 'silence' %}
        own_part_{{ loop.index }} + case when {{ never }} then {% for other in of_buyers %}own_part_{{ themes.index(other) + 1 }}{{ ' + ' if not loop.last }}{% endfor %} else 0e0 end
        {%- elif theme == 'orders_365d' %}
        case
            when {{ never }} then 0e0
            when {{ quiet }} then own_part_{{ loop.index }}{% for other in of_orders %} + own_part_{{ themes.index(other) + 1 }}{% endfor %}
            else own_part_{{ loop.index }}
        end
        {%- elif theme in of_orders %}
        case when {{ never }} or {{ quiet }} then 0e0 else own_part_{{ loop.index }} end
        {%- elif theme in of_buyers %}
        case when {{ never }} then 0e0 else own_part_{{ loop.index }} end
        {%- else %}
        own_part_{{ loop.index }}
        {%- endif %} as part_{{ loop.index }}
        {%- endfor %}
    from modelled

),

-- 3. as whole numbers the largest is found fast: size, then the number of the input, then the sign
coded as (

    select
        fit_no,
        person_no,
        coalesce({{ moved_logit('exact_logit', 'folded') }}, exact_logit) as logit,
        {%- for theme in themes %}
        cast(floor(least(abs(part_{{ loop.index }}), 1000e0) * 10000e0) as bigint) * 1000 + {{ 2 * (inputs.index(theme) + 1) }}
        + case when part_{{ loop.index }} >= 0e0 then 1 else 0 end as code_{{ loop.index }},
        input_{{ inputs.index(theme) + 1 }}{{ ',' if not loop.last }}
        {%- endfor %}
    from folded

),
{% for place in [1, 2, 3] %}
{%- set source = 'coded' if place == 1 else 'found_' ~ (place - 1) %}
found_{{ place }} as (

    select
        *,
        greatest(
            {%- for theme in themes %}
            {% if place == 1 %}code_{{ loop.index }}{% else %}case when code_{{ loop.index }} < found_code_{{ place - 1 }} then code_{{ loop.index }} else 0 end{% endif %}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as found_code_{{ place }}
    from {{ source }}

),
{% endfor %}
-- 4. a part below a twentieth in log-odds is no reason
explained as (

    select
        fit_no,
        person_no,
        1e0 / (1e0 + exp(-logit)) as probability
        {%- for place in [1, 2, 3] %},
        case when found_code_{{ place }} >= 500000 then cast(mod(found_code_{{ place }}, 1000) as int) end as reason_{{ place }},
        case cast(floor(mod(found_code_{{ place }}, 1000) / 2e0) as int)
            {%- for theme in themes %}
            when {{ inputs.index(theme) + 1 }} then cast(floor(input_{{ inputs.index(theme) + 1 }} + 0.5e0) as bigint)
            {%- endfor %}
        end as number_{{ place }}
        {%- endfor %}
    from found_3

),

-- 5. the baselines, moved towards the level of the newest matured cutoff as the model is
basic as (

    select
        examples.fit_no,
        examples.person_no,
        coalesce(baselines.rate, fallback.base_rate) as rate,
        fallback.base_rate,
        coalesce(baseline_shifts.shift, 0e0) as shift,
        case
            when choice.model_used = 'recency_only' then {{ 2 * (inputs.index('silence') + 1) }}
            when choice.model_used = 'alive_only' then {{ 2 * (inputs.index('alive') + 1) }}
        end as reason_1,
        case
            when choice.model_used = 'recency_only' then cast(examples.input_{{ inputs.index('silence') + 1 }} as bigint)
            when choice.model_used = 'alive_only' then cast(floor(examples.input_{{ inputs.index('alive') + 1 }} + 0.5e0) as bigint)
        end as number_1
    from examples
    inner join choice
        on
            examples.fit_no = choice.fit_no
            and choice.model_used != 'logistic'
    left join baselines
        on
            choice.fit_no = baselines.fit_no
            and choice.model_used = baselines.model
            and case choice.model_used
                when 'recency_only' then examples.recency_bin
                when 'alive_only' then examples.alive_bin
                else 0
            end = baselines.bin
    left join baselines as fallback
        on
            choice.fit_no = fallback.fit_no
            and fallback.model = 'base_rate'
    left join baseline_shifts on examples.fit_no = baseline_shifts.fit_no

),

moved as (

    select
        *,
        ln(rate / (1e0 - rate)) + shift as logit
    from basic

),

final as (

    select
        fit_no,
        person_no,
        {{ round_significant('probability', 6) }} as probability,
        reason_1,
        number_1,
        reason_2,
        number_2,
        reason_3,
        number_3
    from explained
    union all
    select
        fit_no,
        person_no,
        {{ round_significant('1e0 / (1e0 + exp(-logit))', 6) }} as probability,
        cast(reason_1 as int) + case when rate >= base_rate then 1 else 0 end as reason_1,
        number_1,
        cast(null as int) as reason_2,
        cast(null as bigint) as number_2,
        cast(null as int) as reason_3,
        cast(null as bigint) as number_3
    from moved

)

select * from final
