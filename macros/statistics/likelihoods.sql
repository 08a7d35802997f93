{#-
  Log-likelihoods for newton_step(), with their derivatives along the logarithms of the parameters. A
  likelihood is a dict:

    parameters  names
    columns     of the data, beside repeat_orders and weight
    row_levels  terms of one row of the data: dicts {name: expression}, later ones read earlier ones
    sums        {name: expression}: added up, times weight, over rows of as many repeat orders
    gammas      {name: argument}: gives lgamma_<name>, digamma_<name> and trigamma_<name>
    value       of all customers of as many repeat orders, from the sums, the gammas and n customers
    gradient    list, in the order of the parameters; may read nothing of the Hessian
    hessian     list of rows of its upper triangle; slope_1, slope_2 … are the gradient

  A further model is one further macro here.
-#}

{#-
  BG/NBD (Fader, Hardie and Lee, 2005): orders come at a rate that differs between customers
  (gamma: r, alpha); after each repeat order a customer leaves with a probability that differs too
  (beta: a, b). Who bought once cannot have left.
  MBG/NBD (Batislam, Denizel and Filiztekin, 2007): the same, but a customer may already leave after
  the first order, so that one-time buyers are not immortal. One text, column `model` says which.

  x repeat orders, t weeks from the first to the last order, age weeks to the last observed day;
  y = r + x; stays = b + the orders after which the customer stayed; ends = a + stays:

    lgamma(y) - lgamma(r) + r ln(alpha) - y ln(alpha + age)
    + lgamma(a + b) - lgamma(b) + lgamma(stays) - lgamma(ends)
    + ln(1 + odds), odds = a / (stays - 1) * ((alpha + age) / (alpha + t)) ^ y of having left
-#}
{%- macro purchase_likelihood() -%}
    {%- set rate_part = 'r * (n * (digamma_y - digamma_r + ln(alpha)) - log_age + left_log_gap)' -%}
    {%- set a_part = 'n * a * (digamma_ab - digamma_ends)' -%}
    {%- set b_part = 'n * b * (digamma_ab + digamma_stays - digamma_b - digamma_ends)' -%}
    {#- share of b in the orders after which the customer stayed: no such order, nobody who may have left -#}
    {%- set b_share = 'case when stays > 1e0 then b / (stays - 1e0) else 0e0 end' -%}
    {{- return({
        'parameters': ['r', 'alpha', 'a', 'b'],
        'columns': ['recency_weeks', 'age_weeks'],
        'row_levels': [
            {
                'row_log_age': 'ln(alpha + age_weeks)',
                'row_log_gap': 'ln((alpha + age_weeks) / (alpha + recency_weeks))',
                'row_age_share': 'alpha / (alpha + age_weeks)',
                'row_recency_share': 'alpha / (alpha + recency_weeks)',
            },
            {
                'row_share_gap': 'row_age_share - row_recency_share',
                'row_age_curve': 'row_age_share * (1e0 - row_age_share)',
                'row_curve_gap': 'row_age_share * (1e0 - row_age_share) - row_recency_share * (1e0 - row_recency_share)',
                'row_log_odds': "case
                    when model = 'mbg_nbd' then ln(a / (b + repeat_orders)) + (r + repeat_orders) * row_log_gap
                    when repeat_orders > 0 then ln(a / (b + repeat_orders - 1e0)) + (r + repeat_orders) * row_log_gap
                end",
            },
            {
                'row_log_alive': 'coalesce(' ~ log_one_plus_exp('row_log_odds') ~ ', 0e0)',
                'row_left': 'coalesce(1e0 / (1e0 + exp(least(-row_log_odds, 700e0))), 0e0)',
            },
            {
                'row_doubt': 'row_left * (1e0 - row_left)',
            },
        ],
        'sums': {
            'log_age': 'row_log_age',
            'age_share': 'row_age_share',
            'age_curve': 'row_age_curve',
            'log_alive': 'row_log_alive',
            'left_sum': 'row_left',
            'left_log_gap': 'row_left * row_log_gap',
            'left_share_gap': 'row_left * row_share_gap',
            'left_curve_gap': 'row_left * row_curve_gap',
            'doubt': 'row_doubt',
            'doubt_log': 'row_doubt * row_log_gap',
            'doubt_share': 'row_doubt * row_share_gap',
            'doubt_log_log': 'row_doubt * row_log_gap * row_log_gap',
            'doubt_log_share': 'row_doubt * row_log_gap * row_share_gap',
            'doubt_share_share': 'row_doubt * row_share_gap * row_share_gap',
        },
        'gammas': {
            'y': 'r + repeat_orders',
            'r': 'r',
            'ab': 'a + b',
            'b': 'b',
            'stays': "b + repeat_orders + case when model = 'mbg_nbd' then 1e0 else 0e0 end",
            'ends': "a + b + repeat_orders + case when model = 'mbg_nbd' then 1e0 else 0e0 end",
        },
        'value': 'n * (lgamma_y - lgamma_r + r * ln(alpha) + lgamma_ab - lgamma_b + lgamma_stays - lgamma_ends)'
            ~ ' - y * log_age + log_alive',
        'gradient': [
            rate_part,
            'n * r - y * (age_share - left_share_gap)',
            a_part ~ ' + left_sum',
            b_part ~ ' - ' ~ b_share ~ ' * left_sum',
        ],
        'hessian': [
            [
                'slope_1 + r * r * (n * (trigamma_y - trigamma_r) + doubt_log_log)',
                'r * (n - age_share + left_share_gap + y * doubt_log_share)',
                'r * doubt_log',
                '-r * ' ~ b_share ~ ' * doubt_log',
            ],
            [
                'y * (left_curve_gap - age_curve + y * doubt_share_share)',
                'y * doubt_share',
                '-y * ' ~ b_share ~ ' * doubt_share',
            ],
            [
                a_part ~ ' + n * a * a * (trigamma_ab - trigamma_ends) + doubt',
                'n * a * b * (trigamma_ab - trigamma_ends) - ' ~ b_share ~ ' * doubt',
            ],
            [
                b_part ~ ' + n * b * b * (trigamma_ab + trigamma_stays - trigamma_b - trigamma_ends)'
                ~ ' + ' ~ b_share ~ ' * (' ~ b_share ~ ' * doubt - (1e0 - ' ~ b_share ~ ') * left_sum)',
            ],
        ],
    }) -}}
{%- endmacro -%}

{#-
  Gamma-Gamma (Fader and Hardie, 2013): the mean value m of x orders, around a mean that differs
  between customers (p within a customer; q, v between them); spread = p x:

    lgamma(spread + q) - lgamma(spread) - lgamma(q) + q ln(v) + (spread - 1) ln(m) + spread ln(x)
    - (spread + q) ln(x m + v)
-#}
{%- macro spend_likelihood() -%}
    {{- return({
        'parameters': ['p', 'q', 'v'],
        'columns': ['mean_value'],
        'row_levels': [
            {
                'row_log_value': 'ln(mean_value)',
                'row_log_total': 'ln(repeat_orders * mean_value + v)',
                'row_share': 'v / (repeat_orders * mean_value + v)',
            },
        ],
        'sums': {
            'log_value': 'row_log_value',
            'log_total': 'row_log_total',
            'share': 'row_share',
            'share_curve': 'row_share * (1e0 - row_share)',
        },
        'gammas': {
            'spread': 'p * repeat_orders',
            'joint': 'p * repeat_orders + q',
            'q': 'q',
        },
        'value': 'n * (lgamma_joint - lgamma_spread - lgamma_q + q * ln(v) + spread * ln(repeat_orders))'
            ~ ' + (spread - 1e0) * log_value - joint * log_total',
        'gradient': [
            'spread * (n * (digamma_joint - digamma_spread + ln(repeat_orders)) + log_value - log_total)',
            'q * (n * (digamma_joint - digamma_q + ln(v)) - log_total)',
            'n * q - joint * share',
        ],
        'hessian': [
            [
                'slope_1 + n * spread * spread * (trigamma_joint - trigamma_spread)',
                'n * spread * q * trigamma_joint',
                '-spread * share',
            ],
            [
                'slope_2 + n * q * q * (trigamma_joint - trigamma_q)',
                'q * (n - share)',
            ],
            [
                '-joint * share_curve',
            ],
        ],
    }) -}}
{%- endmacro -%}

{#-
  Drifting rate (a gamma-Poisson count whose evidence fades): orders n of the target weeks w, given the
  evidence at its start, c orders in t weeks, of which old ones count less. r and alpha say how much the
  mean of all customers weighs against it; shape = r + c, known = alpha + t:

    lgamma(shape + n) - lgamma(shape) - lgamma(n + 1) + shape ln(known / (known + w)) + n ln(w / (known + w))
-#}
{%- macro rate_likelihood() -%}
    {{- return({
        'parameters': ['r', 'alpha'],
        'columns': ['decayed_orders', 'decayed_weeks', 'target_orders', 'target_weeks'],
        'row_levels': [
            {
                'row_shape': 'r + decayed_orders',
                'row_shape_after': 'r + decayed_orders + target_orders',
                'row_count': 'target_orders + 1e0',
                'row_known': 'alpha + decayed_weeks',
                'row_known_after': 'alpha + decayed_weeks + target_weeks',
            },
            {
                'row_value': log_gamma('row_shape_after') ~ ' - ' ~ log_gamma('row_shape') ~ ' - ' ~ log_gamma('row_count')
                    ~ ' + row_shape * ln(row_known / row_known_after) + target_orders * ln(target_weeks / row_known_after)',
                'row_shape_slope': digamma('row_shape_after') ~ ' - ' ~ digamma('row_shape')
                    ~ ' + ln(row_known / row_known_after)',
                'row_shape_curve': trigamma('row_shape_after') ~ ' - ' ~ trigamma('row_shape'),
                'row_known_slope': 'row_shape / row_known - row_shape_after / row_known_after',
                'row_known_curve': 'row_shape_after / (row_known_after * row_known_after)'
                    ~ ' - row_shape / (row_known * row_known)',
                'row_mixed': '1e0 / row_known - 1e0 / row_known_after',
            },
        ],
        'sums': {
            'values_sum': 'row_value',
            'shape_slope': 'row_shape_slope',
            'shape_curve': 'row_shape_curve',
            'known_slope': 'row_known_slope',
            'known_curve': 'row_known_curve',
            'mixed': 'row_mixed',
        },
        'gammas': {},
        'value': 'values_sum',
        'gradient': ['r * shape_slope', 'alpha * known_slope'],
        'hessian': [
            ['slope_1 + r * r * shape_curve', 'r * alpha * mixed'],
            ['slope_2 + alpha * alpha * known_curve'],
        ],
    }) -}}
{%- endmacro -%}
