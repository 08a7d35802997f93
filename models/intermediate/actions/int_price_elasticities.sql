{#-
  One row per category with lines: its elasticity, drawn towards the mean of all categories as far as its own is unsure,
  and the variance of that (empirical Bayes after Morris, from four measured categories on). A category that cannot be
  measured gets the mean.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

fits as (

    select
        *,
        standard_error * standard_error as variance
    from {{ ref('int_price_fits') }}

),

categories as (

    select category
    from lines
    where category is not null
    group by category

),

measured as (

    select
        *,
        1e0 / greatest(variance, 1e-8) as weight
    from fits
    where slope is not null and variance > 0

),

-- 1. how far the categories differ beyond chance (DerSimonian and Laird)
fixed_mean as (

    select
        count(*) as measured_categories,
        {{ stable_sum('weight * slope') }} / nullif({{ stable_sum('weight') }}, 0e0) as mean_slope,
        {{ stable_sum('weight') }} as weights,
        {{ stable_sum('weight * weight') }} as weight_squares
    from measured

),

spread as (

    select
        fixed_mean.measured_categories,
        greatest(0e0,
            ({{ stable_sum('measured.weight * power(measured.slope - fixed_mean.mean_slope, 2)') }}
                - (fixed_mean.measured_categories - 1e0))
            / nullif(fixed_mean.weights - fixed_mean.weight_squares / fixed_mean.weights, 0e0)
        ) as between_variance
    from measured
    cross join fixed_mean
    group by fixed_mean.measured_categories, fixed_mean.weights, fixed_mean.weight_squares

),

pooled as (

    select
        spread.measured_categories,
        spread.between_variance,
        {{ stable_sum('measured.slope / (measured.variance + spread.between_variance)') }}
        / {{ stable_sum('1e0 / (measured.variance + spread.between_variance)') }} as mean_slope,
        1e0 / {{ stable_sum('1e0 / (measured.variance + spread.between_variance)') }} as mean_variance,
        {{ stable_sum('measured.variance / (measured.variance + spread.between_variance)') }}
        / {{ stable_sum('1e0 / (measured.variance + spread.between_variance)') }} as usual_variance
    from measured
    cross join spread
    where spread.measured_categories >= 4
    group by spread.measured_categories, spread.between_variance

),

joined as (

    select
        categories.category,
        fits.item_level,
        fits.items,
        fits.weeks,
        fits.item_weeks,
        fits.clusters,
        fits.clustered_by,
        fits.price_spread,
        measured.slope,
        measured.variance,
        pooled.measured_categories,
        pooled.between_variance,
        pooled.mean_slope,
        pooled.mean_variance,
        pooled.usual_variance,
        -- how much of the mean a category takes; less where few categories tell what the mean is
        (pooled.measured_categories - 3e0) / (pooled.measured_categories - 1e0)
        * measured.variance / (measured.variance + pooled.between_variance) as pull
    from categories
    left join fits on categories.category = fits.category
    left join measured on categories.category = measured.category
    left join pooled on true

),

final as (

    select
        -- key
        category,

        -- what it rests on
        item_level,
        items,
        weeks,
        item_weeks,
        clusters,
        clustered_by,
        price_spread,
        case
            when slope is not null and pull is not null then 'shrunken'
            when slope is not null then 'measured'
            when mean_slope is not null then 'pooled'
            else 'none'
        end as elasticity_basis,
        measured_categories,
        pull,

        -- elasticity
        slope,
        sqrt(variance) as standard_error,
        mean_slope,
        case
            when slope is not null then slope - coalesce(pull, 0e0) * (slope - coalesce(mean_slope, slope))
            else mean_slope
        end as elasticity,
        case
            when slope is not null and pull is not null
                then
                    variance * (1e0 - (measured_categories - 1e0) / measured_categories * pull)
                    + 2e0 / (measured_categories - 3e0) * pull * pull * power(slope - mean_slope, 2)
                    * (usual_variance + between_variance) / (variance + between_variance)
            when slope is not null then variance
            else between_variance + mean_variance
        end as elasticity_variance
    from joined

)

select * from final
