{#- One row per target, model and split: how well the scores separate, and how near to the truth they are. -#}
with

curves as (

    select * from {{ ref('int_propensity_curves') }}

),

{{ calibration_ctes('curves', 'fit_no, model, split') }},

final as (

    select
        curves.fit_no,
        curves.model,
        curves.split,
        max(curves.all_examples) as example_count,
        max(curves.all_positives) as positives,
        {{ auc_of_scores('curves') }} as auc,
        {{ auc_error_of_scores('curves') }} as auc_error,
        {{ safe_divide(
            stable_sum('curves.positives * cast(curves.positives_so_far as double) / curves.examples_so_far'),
            'max(curves.all_positives)'
        ) }} as pr_auc,
        {{ stable_sum('curves.positives * power(1e0 - curves.score, 2) + (curves.example_count - curves.positives) * power(curves.score, 2)') }}
        / max(curves.all_examples) as brier,
        -{{ stable_sum('curves.positives * ln(greatest(curves.score, 1e-12)) + (curves.example_count - curves.positives) * ln(greatest(1e0 - curves.score, 1e-12))') }}
        / max(curves.all_examples) as log_loss,
        max(calibration.ece) as ece,
        max(calibration.ece_by_chance) as ece_by_chance,
        -- cases among the first tenth of the examples; of equal scores at its border a share
        {{ safe_divide(
            stable_sum('curves.positives * greatest(0e0, least(1e0,
                (curves.all_examples / 10e0 - (curves.examples_so_far - curves.example_count)) / curves.example_count))'),
            'max(curves.all_positives) / 10e0'
        ) }} as lift_top_decile,
        {{ stable_sum('curves.example_count * curves.score') }} / max(curves.all_examples) as mean_score,
        max(curves.all_positives) / cast(max(curves.all_examples) as double) as observed_rate
    from curves
    inner join calibration
        on
            curves.fit_no = calibration.fit_no
            and curves.model = calibration.model
            and curves.split = calibration.split
    group by curves.fit_no, curves.model, curves.split

)

select * from final
