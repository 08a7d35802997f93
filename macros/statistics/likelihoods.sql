{#-
  Log-likelihoods of one customer, for newton_step(). x repeat orders, t_x weeks from the first to
  the last order, age weeks from the first order to the last observed day; all doubles, greater
  than zero where they are parameters. A further model is one further macro here.
-#}

{#-
  BG/NBD (Fader, Hardie and Lee, 2005): orders come at a rate that differs between customers
  (gamma: r, alpha); after each repeat order a customer leaves with a probability that differs too
  (beta: a, b). Who bought once cannot have left.
-#}
{%- macro bg_nbd_log_likelihood(x, t_x, age, r, alpha, a, b) -%}
    {{ log_gamma(r ~ ' + ' ~ x) }} - {{ log_gamma(r) }} + {{ r }} * ln({{ alpha }})
    + {{ log_gamma(a ~ ' + ' ~ b) }} + {{ log_gamma(b ~ ' + ' ~ x) }}
    - {{ log_gamma(b) }} - {{ log_gamma(a ~ ' + ' ~ b ~ ' + ' ~ x) }}
    - ({{ r }} + {{ x }}) * ln({{ alpha }} + {{ age }})
    + case
        when {{ x }} > 0
            then {{ log_one_plus_exp(log_odds_of_leaving('bg_nbd', x, t_x, age, r, alpha, a, b)) }}
        else 0e0
    end
{%- endmacro -%}

{#-
  MBG/NBD (Batislam, Denizel and Filiztekin, 2007): the same, but a customer may already leave after
  the first order, so that one-time buyers are not immortal.
-#}
{%- macro mbg_nbd_log_likelihood(x, t_x, age, r, alpha, a, b) -%}
    {{ log_gamma(r ~ ' + ' ~ x) }} - {{ log_gamma(r) }} + {{ r }} * ln({{ alpha }})
    + {{ log_gamma(a ~ ' + ' ~ b) }} + {{ log_gamma(b ~ ' + ' ~ x ~ ' + 1') }}
    - {{ log_gamma(b) }} - {{ log_gamma(a ~ ' + ' ~ b ~ ' + ' ~ x ~ ' + 1') }}
    - ({{ r }} + {{ x }}) * ln({{ alpha }} + {{ age }})
    + {{ log_one_plus_exp(log_odds_of_leaving('mbg_nbd', x, t_x, age, r, alpha, a, b)) }}
{%- endmacro -%}

{#-
  Gamma-Gamma (Fader and Hardie, 2013): the mean value of x orders, around a mean that differs
  between customers (p within a customer; q, v between them).
-#}
{%- macro gamma_gamma_log_likelihood(x, mean_value, p, q, v) -%}
    {{ log_gamma(p ~ ' * ' ~ x ~ ' + ' ~ q) }} - {{ log_gamma(p ~ ' * ' ~ x) }} - {{ log_gamma(q) }}
    + {{ q }} * ln({{ v }}) + ({{ p }} * {{ x }} - 1e0) * ln({{ mean_value }})
    + {{ p }} * {{ x }} * ln({{ x }})
    - ({{ p }} * {{ x }} + {{ q }}) * ln({{ x }} * {{ mean_value }} + {{ v }})
{%- endmacro -%}

{#-
  Logarithm of the odds that a customer has left by now. `model` is plain text or a column.
  BG/NBD: only with a repeat order; the caller asks for x > 0.
-#}
{%- macro log_odds_of_leaving(model, x, t_x, age, r, alpha, a, b) -%}
    {%- set flips = {'bg_nbd': x ~ ' - 1', 'mbg_nbd': x}[model] -%}
    (ln({{ a }}) - ln({{ b }} + {{ flips }})
        + ({{ r }} + {{ x }}) * (ln({{ alpha }} + {{ age }}) - ln({{ alpha }} + {{ t_x }})))
{%- endmacro -%}
